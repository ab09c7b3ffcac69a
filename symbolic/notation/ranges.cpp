#include "symbolic/notation/ranges.hpp"

#include <utility>

#include <fmt/format.h>

namespace chalktape::notation {

Ranges::Binder Ranges::bind(std::string name, language::Span span) {
  binders_.push_back({.name = std::move(name), .span = span, .parent = binders_.size()});
  return binders_.size() - 1;
}

Ranges::Binder Ranges::root(Binder binder) const {
  while (binders_[binder].parent != binder) binder = binders_[binder].parent;
  return binder;
}

std::string Ranges::origin(const Entry& entry) {
  return fmt::format("{} in {} (line {}, column {})", entry.range, entry.use, entry.use_span.line,
                     entry.use_span.column);
}

void Ranges::use(Binder binder, const std::string& range, const std::string& use, language::Span span) {
  Entry& entry = binders_[root(binder)];
  if (entry.range.empty()) {
    entry.range = range;
    entry.use = use;
    entry.use_span = span;
  } else if (entry.range != range) {
    diagnostics_.add(span, fmt::format("the index '{}' has two ranges, {} and {}", entry.name, entry.range, range),
                     fmt::format("'{}' runs over {} and over {} in {}", entry.name, origin(entry), range, use));
  }
}

void Ranges::equate(Binder a, Binder b, language::Span span) {
  const Binder kept = root(a);
  const Binder joined = root(b);
  if (kept == joined) return;
  Entry& first = binders_[kept];
  Entry& second = binders_[joined];
  if (!first.range.empty() && !second.range.empty() && first.range != second.range) {
    diagnostics_.add(span, fmt::format("a delta between different ranges, {} and {}", first.range, second.range),
                     fmt::format("'{}' runs over {}, '{}' over {}", name(a), origin(first), name(b), origin(second)));
    return;
  }
  if (first.range.empty()) {
    first.range = second.range;
    first.use = second.use;
    first.use_span = second.use_span;
  }
  second.parent = kept;
}

const std::string& Ranges::range(Binder binder) const { return binders_[root(binder)].range; }

}  // namespace chalktape::notation

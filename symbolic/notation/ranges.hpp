// Finds what each index runs over from where it is used.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/expression.hpp"

namespace chalktape::notation {

/// The indices that one statement binds, each with the range that its uses give it. Indices that a delta compares run
/// over the same range. Union-find: near-linear in the number of uses.
class Ranges {
 public:
  using Binder = std::size_t;

  explicit Ranges(language::Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// A new index, bound at `span`.
  Binder bind(std::string name, language::Span span);
  /// The number of indices bound; binders count from 0.
  [[nodiscard]] std::size_t size() const { return binders_.size(); }
  [[nodiscard]] const language::Span& span(Binder binder) const { return binders_[binder].span; }
  [[nodiscard]] const std::string& name(Binder binder) const { return binders_[binder].name; }

  /// The index stands where `range` is run over: `use` is the access as written. A second range is reported.
  void use(Binder binder, const std::string& range, const std::string& use, language::Span span);
  /// A delta compares the two. Call after all uses; different ranges are reported at `span`.
  void equate(Binder a, Binder b, language::Span span);
  /// Empty where no use says it.
  [[nodiscard]] const std::string& range(Binder binder) const;

 private:
  struct Entry {
    std::string name;
    language::Span span;
    Binder parent = 0;
    std::string range{};  // of a root; empty while unknown
    std::string use{};    // the access that gave the range
    language::Span use_span{};
  };

  [[nodiscard]] Binder root(Binder binder) const;
  [[nodiscard]] static std::string origin(const Entry& entry);

  language::Diagnostics& diagnostics_;
  std::vector<Entry> binders_;
};

}  // namespace chalktape::notation

#include "symbolic/notation/statement_resolver.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/language/functions.hpp"
#include "symbolic/language/hints.hpp"

namespace chalktape::notation {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;
using language::Span;

namespace {

std::string written(const std::string& name, const std::vector<std::string>& indices) {
  return indices.empty() ? name : fmt::format("{}[{}]", name, fmt::join(indices, ","));
}

std::string written(const Expression& access) {
  std::vector<std::string> names;
  for (const Index& index : access.indices) names.push_back(index.name);
  return written(access.name, names);
}

std::string count_of(std::size_t count, std::string_view noun, std::string_view nouns) {
  return fmt::format("{} {}", count, count == 1 ? noun : nouns);
}

// Names that are bound around `node`, or among the free ones already.
using NameCounts = std::map<std::string, int>;

void collect_free(const Expression& node, NameCounts& known, std::vector<Index>& free) {
  const bool binds = node.kind == Kind::reduce;
  for (const Index& index : node.indices) {
    int& count = known[index.name];
    if (!binds && (count > 0 || index.is_literal())) continue;
    if (!binds) free.push_back(index);
    ++count;
  }
  for (const Expr& operand : node.operands) collect_free(*operand, known, free);
  if (!binds) return;
  for (const Index& index : node.indices) --known[index.name];
}

}  // namespace

void StatementResolver::report(Span span, std::string message, std::string hint) {
  shape_is_unknown_ = true;
  diagnostics_.add(span, std::move(message), std::move(hint));
}

void StatementResolver::push_scope(const std::string& name, Ranges::Binder binder) { scope_[name].push_back(binder); }

void StatementResolver::pop_scope(const std::string& name) {
  const auto entry = scope_.find(name);
  entry->second.pop_back();
  if (entry->second.empty()) scope_.erase(entry);
}

const Ranges::Binder* StatementResolver::find_index(const std::string& name) const {
  const auto entry = scope_.find(name);
  return entry == scope_.end() ? nullptr : &entry->second.back();
}

std::string StatementResolver::nearest_name_hint(const std::string& name) const {
  if (!diagnostics_.wants_name_hints()) return {};
  return language::nearest_name_hint(name, declarations_.names());
}

void StatementResolver::check_may_bind(const Index& index) {
  if (index.is_literal()) {
    report(index.span, fmt::format("{} cannot be bound; only a named index can", index.name));
    return;
  }
  if (const Ranges::Binder* outer = find_index(index.name)) {
    const Span& place = ranges_.span(*outer);
    report(index.span, fmt::format("the index '{}' is bound twice", index.name),
           fmt::format("it is bound in line {}, column {} already; use another letter", place.line, place.column));
    return;
  }
  const Declaration* declared = declarations_.find(index.name);
  if (declared != nullptr && declared->role == Role::size) {
    report(index.span, fmt::format("the index '{}' has the name of a size", index.name), "use another letter");
  }
}

void StatementResolver::bind(const Index& index) {
  check_may_bind(index);
  const Ranges::Binder binder = ranges_.bind(index.name, index.span);
  if (!index.range.empty()) ranges_.use(binder, index.range, index.name, index.span);
  push_scope(index.name, binder);
  own_.push_back(binder);
}

void StatementResolver::bind_free_indices(const Expr& expression) {
  NameCounts known;
  for (const auto& entry : scope_) ++known[entry.first];
  std::vector<Index> free;
  collect_free(*expression, known, free);
  for (const Index& index : free) bind(index);
}

void StatementResolver::look_up(Index& index, const std::string& range, const std::string& use) {
  if (index.is_literal()) {
    index.range = range;
    const bool counts_from_one = index.name.front() != '0';  // otherwise the parser has complained
    if (!permissions_.literal_indices && counts_from_one) {
      report(index.span, fmt::format("the number {} stands for an index", index.name),
             "a layer holds for all indices alike; only claims may name one");
    }
    return;
  }
  const Ranges::Binder* found = find_index(index.name);
  if (found == nullptr) {
    if (reported_indices_.insert(index.name).second) {
      report(index.span, fmt::format("the index '{}' is not bound", index.name),
             fmt::format("bind it on the left, or sum over it; sums are always written: sum[{}](…)", index.name));
    }
    return;
  }
  occurrences_.emplace_back(&index, *found);
  if (!range.empty()) ranges_.use(*found, range, use, index.span);
}

void StatementResolver::report_unknown_name(const Expression& node) {
  const std::string& name = node.name;
  if (permissions_.any_name) {
    shape_is_unknown_ = true;
    return;
  }
  if (later_ != nullptr) {
    if (const auto later = later_->find(name); later != later_->end()) {
      if (later->second.line == node.span.line) {
        report(node.span, fmt::format("'{}' is used in its own definition", name));
      } else {
        report(node.span, fmt::format("'{}' is used before it is defined", name),
               fmt::format("its definition stands in line {}", later->second.line));
      }
      return;
    }
  }
  if (find_index(name) != nullptr) {
    report(node.span, fmt::format("'{}' is an index, not a value", name));
    return;
  }
  const bool of_later = later_ != nullptr && name.front() == 'd' && later_->contains(name.substr(1));
  if (!permissions_.gradients && (of_later || declarations_.find_gradient(name))) {
    report(node.span, fmt::format("'{}' is a gradient; a layer cannot use gradients", name));
    return;
  }
  std::string hint = nearest_name_hint(name);
  const bool in_layer = !permissions_.derivatives;
  if (hint.empty() && in_layer && node.indices.empty())
    hint = fmt::format("a constant is declared in the layer's head, with its value: (…; {} = 1e-5)", name);
  report(node.span, fmt::format("unknown name '{}'", name), std::move(hint));
}

void StatementResolver::check_index_count(const Expression& node, const Declaration& declared) {
  const std::size_t wanted = declared.ranges.size();
  const std::size_t given = node.indices.size();
  if (given == wanted) return;
  if (declared.role == Role::tensor || declared.role == Role::definition || declared.role == Role::gradient) {
    report(node.span,
           fmt::format("'{}' has {}, but {} given here", node.name, count_of(wanted, "index", "indices"),
                       count_of(given, "is", "are")),
           wanted == 0 ? std::string{} : fmt::format("it is indexed as {}", written(node.name, declared.ranges)));
  } else {
    report(node.span, fmt::format("'{}' is {} and takes no indices", node.name, article_and_noun(declared.role)));
  }
}

void StatementResolver::resolve_access(Expression& node) {
  std::optional<Declaration> declared;
  if (node.name == "pi") {
    declared = Declaration{.role = Role::pi};
  } else if (const Declaration* found = declarations_.find(node.name)) {
    declared = *found;
  } else if (permissions_.gradients) {
    declared = declarations_.find_gradient(node.name);
  }
  if (declared) {
    node.role = declared->role;
    if (declared->shape_is_known) {
      check_index_count(node, *declared);
    } else {
      shape_is_unknown_ = true;
    }
  } else if (language::may_name_definition(node.name) && !permissions_.any_name) {
    // A reduction that has nothing to reduce: its indices are not uses of indices.
    report(node.span, fmt::format("'{}' takes the indices that it runs over, and one expression", node.name),
           fmt::format("write {}[i](…)", node.name));
    shape_is_unknown_ = true;
    return;
  } else {
    report_unknown_name(node);
  }
  const bool fits = declared && declared->shape_is_known && declared->ranges.size() == node.indices.size();
  const std::string use = written(node);
  for (std::size_t k = 0; k < node.indices.size(); ++k) {
    const std::string& range = fits ? declared->ranges[k] : std::string{};
    if (range.empty()) shape_is_unknown_ = true;
    look_up(node.indices[k], range, use);
  }
}

void StatementResolver::resolve_call(const Expression& node) {
  const language::Function* function = language::find_function(node.name);
  if (function != nullptr) {
    const auto wanted = static_cast<std::size_t>(function->arity);
    if (node.operands.size() != wanted) {
      const bool reduces = language::is_reduction(node.name) && node.operands.size() == 1;
      report(node.span,
             fmt::format("'{}' takes {}, but {} given here", node.name, count_of(wanted, "argument", "arguments"),
                         count_of(node.operands.size(), "is", "are")),
             reduces ? fmt::format("over an index it is written {}[i](…)", node.name) : "");
    }
    return;
  }
  Span name_span = node.span;
  name_span.length = static_cast<int>(node.name.size());
  if (const Declaration* declared = declarations_.find(node.name)) {
    report(name_span, fmt::format("'{}' is {}, not a function", node.name, article_and_noun(declared->role)),
           "a product is written with '*', indices with '[' and ']'");
    return;
  }
  std::vector<std::string> names;
  for (const language::Function& known : language::functions()) names.emplace_back(known.name);
  names.insert(names.end(), {"mean", "sum"});
  std::string hint = language::hint_for_function(node.name);
  if (hint.empty() && diagnostics_.wants_name_hints()) hint = language::nearest_name_hint(node.name, names);
  if (hint.empty()) hint = fmt::format("the functions are {}", fmt::join(names.begin(), names.end() - 2, " "));
  report(name_span, fmt::format("unknown function '{}'", node.name), std::move(hint));
}

void StatementResolver::resolve_derivative(const Expression& node) {
  if (!permissions_.derivatives) {
    report(node.span, "a layer cannot use 'diff'", "it stands in claims and in --of");
    return;
  }
  const auto differentiable = [&](const std::string& name) {
    const Declaration* declared = declarations_.find(name);
    return declared != nullptr && (declared->role == Role::tensor || declared->role == Role::definition);
  };
  const Expression& variable = *node.operands[1];
  if (declarations_.find(variable.name) != nullptr && !differentiable(variable.name)) {
    report(variable.span, fmt::format("'{}' cannot be differentiated by", variable.name),
           "a derivative is taken by a tensor or a definition");
  }
  for (const std::string& held : node.held) {
    if (differentiable(held)) continue;
    report(node.span, fmt::format("'{}' cannot be held fixed; it is no tensor or definition", held),
           nearest_name_hint(held));
  }
}

StatementResolver::Node StatementResolver::resolve_node(const Expression& expression) {
  auto node = std::make_shared<Expression>(expression);
  kept_.push_back(node);
  switch (expression.kind) {
    case Kind::access:
      resolve_access(*node);
      break;
    case Kind::delta: {
      const std::size_t before = occurrences_.size();
      for (Index& index : node->indices) look_up(index, {}, {});
      if (occurrences_.size() == before + 2) {
        deltas_.push_back({occurrences_[before].second, occurrences_[before + 1].second, node->span});
      }
      break;
    }
    case Kind::reduce:
      for (Index& index : node->indices) {
        check_may_bind(index);
        const Ranges::Binder binder = ranges_.bind(index.name, index.span);
        push_scope(index.name, binder);
        occurrences_.emplace_back(&index, binder);
      }
      break;
    case Kind::call:
      resolve_call(*node);
      break;
    case Kind::derivative:
      resolve_derivative(*node);
      break;
    default:
      break;
  }
  for (Expr& operand : node->operands) operand = resolve_node(*operand);
  if (expression.kind == Kind::reduce) {
    for (const Index& index : node->indices) pop_scope(index.name);
  }
  return node;
}

Expr StatementResolver::resolve(const Expr& expression) { return resolve_node(*expression); }

std::vector<Index> StatementResolver::finish() {
  for (const Comparison& delta : deltas_) ranges_.equate(delta.a, delta.b, delta.span);
  for (Ranges::Binder binder = 0; binder < ranges_.size(); ++binder) {
    if (!ranges_.range(binder).empty() || shape_is_unknown_) continue;
    diagnostics_.add(ranges_.span(binder),
                     fmt::format("the range of the index '{}' is not known", ranges_.name(binder)),
                     "it follows from use: an index must index a tensor or a definition");
  }
  for (const auto& [index, binder] : occurrences_) index->range = ranges_.range(binder);
  std::vector<Index> indices;
  for (const Ranges::Binder binder : own_) {
    indices.push_back({.name = ranges_.name(binder), .range = ranges_.range(binder), .span = ranges_.span(binder)});
  }
  return indices;
}

}  // namespace chalktape::notation

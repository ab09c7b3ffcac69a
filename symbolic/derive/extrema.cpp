#include "symbolic/derive/extrema.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace chalktape::derive {

using language::Expr;
using language::Index;
using language::Kind;

namespace {

bool is_extremum(const Expr& e) { return e->kind == Kind::reduce && (e->name == "max" || e->name == "min"); }

/// Reading such a body, or changing its sign, rounds nothing.
bool is_exact(const Expr& body) {
  return body->kind == Kind::access || (body->kind == Kind::negate && body->operands[0]->kind == Kind::access);
}

void collect_indices(const Expr& e, std::set<std::string>& names) {
  for (const Index& index : e->indices) names.insert(index.name);
  for (const Expr& operand : e->operands) collect_indices(operand, names);
}

class Namer {
 public:
  explicit Namer(const language::Layer& layer) : result_{layer, {}} {
    for (const auto& tensor : layer.tensors) taken_.insert(tensor.name);
    for (const auto& constant : layer.constants) taken_.insert(constant.name);
    for (const auto& definition : layer.definitions) taken_.insert(definition.name);
    taken_.insert(layer.sizes.begin(), layer.sizes.end());
    result_.layer.definitions.clear();
    for (const auto& definition : layer.definitions) {
      scope_ = definition.indices;
      language::Definition renamed = definition;
      renamed.value = walk(definition.value);
      result_.layer.definitions.push_back(std::move(renamed));
    }
  }

  NamedEntries take() { return std::move(result_); }

 private:
  Expr walk(const Expr& e) {
    const std::size_t outer = scope_.size();
    if (e->kind == Kind::reduce) scope_.insert(scope_.end(), e->indices.begin(), e->indices.end());
    language::Expression copy = *e;
    for (Expr& operand : copy.operands) operand = walk(operand);
    if (is_extremum(e)) {
      if (!is_exact(copy.operands[0])) copy.operands[0] = named(copy.operands[0], e->indices);
    }
    scope_.resize(outer);
    return std::make_shared<const language::Expression>(std::move(copy));
  }

  /// The body's name, or the body itself where nothing changes with the bound indices.
  Expr named(const Expr& body, const std::vector<Index>& bound) {
    std::set<std::string> used;
    collect_indices(body, used);
    const auto is_used = [&](const Index& index) { return used.contains(index.name); };
    if (std::none_of(bound.begin(), bound.end(), is_used)) return body;
    language::Definition entry{free_name(), {}, body, {}};
    std::copy_if(scope_.begin(), scope_.end(), std::back_inserter(entry.indices), is_used);
    taken_.insert(entry.name);
    result_.layer.definitions.push_back(entry);
    result_.entries.push_back(entry);
    return language::access(entry.name, entry.indices, language::Role::definition);
  }

  [[nodiscard]] std::string free_name() const {
    const auto is_free = [this](const std::string& name) {
      return !taken_.contains(name) && !taken_.contains("d" + name) &&
             std::none_of(scope_.begin(), scope_.end(), [&](const Index& index) { return index.name == name; });
    };
    if (is_free("entry")) return "entry";
    for (int n = 2;; ++n) {
      std::string name = "entry" + std::to_string(n);
      if (is_free(name)) return name;
    }
  }

  NamedEntries result_;
  std::set<std::string> taken_;
  std::vector<Index> scope_;
};

}  // namespace

NamedEntries name_entries(const language::Layer& layer) { return Namer(layer).take(); }

}  // namespace chalktape::derive

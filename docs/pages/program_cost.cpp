// What computing a gradient costs, whoever derived it.
#include <chrono>
#include <optional>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "docs/pages/published.hpp"
#include "symbolic/derive/measure.hpp"
#include "symbolic/derive/workspace.hpp"

namespace chalktape::docs {

using language::Definition;
using language::Expr;
using language::Layer;
using notation::ex;

namespace {

/// A list of formulas, each of which reads only what stands before it.
class Program {
 public:
  explicit Program(const Layer& layer)
      : workspace_(layer, std::chrono::steady_clock::time_point::max()),
        symbols_(workspace_.formulas().symbols),
        context_(workspace_.context()) {
    context_.symbols = &symbols_;
    for (const auto& definition : layer.definitions) must_be_stated_.insert("d" + definition.name);
    for (const auto& output : layer.outputs) must_be_stated_.erase("d" + output);
  }

  /// A name that stands for a part. It is free where it is a root that a derivation names, under whatever name.
  void add_part(const Definition& definition) {
    std::vector<std::string> ranges;
    for (const auto& i : definition.indices) ranges.push_back(i.range);
    const ex value = value_of(definition);
    symbols_.add(definition.name, {language::Role::definition, ranges, notation::sign_of_definition(value)});
    add(definition, is_introduced(value, notation::to_indices(definition.indices)));
  }

  void add_gradient(const Definition& definition, bool of_tensor) {
    add(definition, of_tensor);
    must_be_stated_.erase(definition.name);
  }

  [[nodiscard]] ProgramCost cost_of(const Definition& definition) {
    context_.scope.clear();
    for (const auto& i : definition.indices) context_.scope.push_back(i.name);
    const ex value = value_of(definition);
    ProgramCost cost;
    cost.sums = derive::measure(value, context_).sums;
    cost.sweeps = derive::measure(written_out(value), context_).sweeps;
    cost.flops = operations_with_names(definition.value);
    return cost;
  }

 private:
  ex value_of(const Definition& definition) const { return notation::to_algebra(definition.value, symbols_); }

  void add(const Definition& definition, bool free) {
    context_.known.push_back({{definition.name, notation::to_indices(definition.indices), value_of(definition)},
                              rules::Known::Kind::gradient,
                              free,
                              1});
    written_[definition.name] = definition.value;
  }

  bool is_introduced(const ex& value, const notation::exvector& indices) const {
    for (const auto& known : context_.known) {
      if (known.kind != rules::Known::Kind::introduced || known.formula.indices.size() != indices.size()) continue;
      if (notation::instantiate(known.formula, indices).is_equal(value)) return true;
    }
    return false;
  }

  /// What has to be computed under that name first, if anything.
  const rules::Known* costly(const std::string& name) const {
    if (must_be_stated_.contains(name)) throw std::runtime_error(fmt::format("{} is read but not stated", name));
    const rules::Known* known = context_.find(name);
    return known == nullptr || known->free ? nullptr : known;
  }

  ex written_out(const ex& e) const {
    if (!notation::is<notation::Access>(e))
      return notation::map_operands(e, [this](const ex& operand) { return written_out(operand); });
    const auto& access = GiNaC::ex_to<notation::Access>(e);
    const rules::Known* known = costly(access.name());
    return known == nullptr ? e : written_out(notation::instantiate(known->formula, access.indices()));
  }

  int operations_with_names(const Expr& e) const {
    std::set<std::string> mentioned;
    return operations_with_names(e, mentioned);
  }
  int operations_with_names(const Expr& e, std::set<std::string>& counted) const {
    int total = derive::operations(e);
    std::set<std::string> names;
    language::collect_names(e, names);
    for (const std::string& name : names) {
      if (costly(name) != nullptr && counted.insert(name).second)
        total += operations_with_names(written_.at(name), counted);
    }
    return total;
  }

  derive::Workspace workspace_;
  notation::SymbolTable symbols_;
  rules::Context context_;
  std::map<std::string, Expr> written_;
  std::set<std::string> must_be_stated_;
};

/// The tensor that the name is the gradient of.
std::optional<std::string> tensor_of(const std::string& gradient_name, const Layer& layer) {
  for (const auto& tensor : layer.tensors) {
    if (gradient_name == "d" + tensor.name) return tensor.name;
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, ProgramCost> costs_of(const derive::Derivation& derivation) {
  Program program(derivation.layer);
  std::map<std::string, ProgramCost> costs;
  for (const derive::Gradient& gradient : derivation.gradients) {
    const Definition definition{gradient.name, gradient.indices, gradient.value, {}};
    if (gradient.of_tensor) costs[gradient.of] = program.cost_of(definition);
    program.add_gradient(definition, gradient.of_tensor);
  }
  return costs;
}

std::map<std::string, ProgramCost> costs_of(const PublishedBackward& published, const Layer& layer) {
  Program program(layer);
  std::map<std::string, ProgramCost> costs;
  for (const PublishedLine& line : published.lines) {
    if (line.is_where) {
      program.add_part(line.line);
      continue;
    }
    const auto tensor = tensor_of(line.line.name, layer);
    if (tensor) costs[*tensor] = program.cost_of(line.line);
    program.add_gradient(line.line, tensor.has_value());
  }
  return costs;
}

std::map<std::string, BestPublished> best_of(const std::vector<PublishedBackward>& claims, const Layer& layer) {
  std::map<std::string, BestPublished> best;
  for (const PublishedBackward& claim : claims) {
    const auto costs = costs_of(claim, layer);
    for (const PublishedLine& line : claim.lines) {
      const auto tensor = line.is_where ? std::nullopt : tensor_of(line.line.name, layer);
      if (!tensor) continue;
      const auto found = best.find(*tensor);
      if (found != best.end() && !(costs.at(*tensor) < found->second.cost)) continue;
      best.insert_or_assign(*tensor, BestPublished{claim.source, line.line, costs.at(*tensor)});
    }
  }
  return best;
}

}  // namespace chalktape::docs

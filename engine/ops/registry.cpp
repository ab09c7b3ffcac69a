#include "engine/ops/registry.hpp"

#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "engine/ops/binary.hpp"
#include "engine/ops/contraction.hpp"
#include "engine/ops/describe.hpp"
#include "engine/ops/movement.hpp"
#include "engine/ops/reduction.hpp"
#include "engine/ops/unary.hpp"

namespace chalktape::engine {
namespace {

template <class O>
void add_function(std::vector<Function>& functions) {
  if constexpr (O::kind == OpKind::unary_function) {
    functions.push_back({O::function, O::arity, O::value_sign, O::at_zero, O::definition, O::library});
  } else if constexpr (O::kind == OpKind::binary) {
    if (!O::function.empty()) functions.push_back({O::function, O::arity});
  }
}

template <class... O>
struct Registry {
  static std::vector<Op> ops() { return {ops::described<O>()...}; }
  static std::vector<Function> functions() {
    std::vector<Function> result;
    (add_function<O>(result), ...);
    return result;
  }
};

using namespace ops;

// The one list. The slashes keep the lines apart.
using All = Registry<Exp, Log, Sqrt, Abs, Sin, Cos, Tanh, Sigmoid, Relu, Step, Erf, Softplus, StopGradient,  //
                     Negate, Square, Reciprocal, PowerConstant,                                              //
                     Add, Subtract, Multiply, Divide, Power, Maximum, Minimum,                               //
                     Sum, Mean, Max, Min,                                                                    //
                     Transpose, Reshape, BroadcastTo, Diagonal, EmbedDiagonal,                               //
                     Contraction>;

}  // namespace

std::span<const Op> all_ops() {
  static const std::vector<Op> registry = All::ops();
  return registry;
}

std::span<const Function> all_functions() {
  static const std::vector<Function> functions = All::functions();
  return functions;
}

const Function* find_unary_function(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const Function*> result;
    for (const Function& function : all_functions()) {
      if (function.arity == 1) result.emplace(function.name, &function);
    }
    return result;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Op* find_op(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const Op*> result;
    for (const Op& op : all_ops()) result.emplace(op.name, &op);
    return result;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Op* find_function(std::string_view function, int arity) {
  static const auto by_function = [] {
    std::unordered_map<std::string_view, const Op*> result;
    for (const Op& op : all_ops()) {
      if (!op.function.empty()) result.emplace(op.function, &op);
    }
    return result;
  }();
  const auto found = by_function.find(function);
  return found == by_function.end() || found->second->arity != arity ? nullptr : found->second;
}

const Op& op_named(std::string_view name) {
  if (const Op* op = find_op(name)) return *op;
  throw Error(fmt::format("no op is called '{}'", name));
}

}  // namespace chalktape::engine

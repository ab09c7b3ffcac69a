#include "engine/registry.hpp"

#include <algorithm>
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

std::span<const Op> all_ops() {
  using namespace ops;
  static const std::vector<Op> registry{
      described<Exp>(),           described<Log>(),         described<Sqrt>(),        described<Abs>(),
      described<Sin>(),           described<Cos>(),         described<Tanh>(),        described<Sigmoid>(),
      described<Relu>(),          described<Step>(),        described<Erf>(),         described<Softplus>(),
      described<StopGradient>(),  described<Negate>(),      described<Square>(),      described<Reciprocal>(),
      described<PowerConstant>(), described<Add>(),         described<Subtract>(),    described<Multiply>(),
      described<Divide>(),        described<Power>(),       described<Maximum>(),     described<Minimum>(),
      described<Sum>(),           described<Mean>(),        described<Max>(),         described<Min>(),
      described<Transpose>(),     described<Reshape>(),     described<BroadcastTo>(), described<Diagonal>(),
      described<EmbedDiagonal>(), described<Contraction>(),
  };
  return registry;
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
  const auto ops = all_ops();
  const auto found = std::find_if(ops.begin(), ops.end(), [&](const Op& op) {
    return !function.empty() && op.function == function && op.arity == arity;
  });
  return found == ops.end() ? nullptr : &*found;
}

const Op& op_named(std::string_view name) {
  if (const Op* op = find_op(name)) return *op;
  throw Error(fmt::format("no op is called '{}'", name));
}

}  // namespace chalktape::engine

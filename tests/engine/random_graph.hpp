// Graphs of random ops, for tests that hold for any graph.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine/tape/tape.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {

// A graph of random ops on random shapes, with a recorded backward sweep. With `exact`, its numbers are small integers
// and its ops keep them so: every order of adding gives the same sums.
class RandomGraph {
 public:
  RandomGraph(std::uint32_t seed, DType dtype, bool exact) : random_(seed), dtype_(dtype), exact_(exact) {
    const Shape full = random_shape();
    for (int k = 0; k < 3; ++k) add_input(k == 0 ? full : part_of(full));
    constants_.push_back(tape.constant(values({}), {}));
    nodes_.push_back(constants_.back());
    const int count = 5 + pick(25);
    for (int k = 0; k < count; ++k) add_node();
    for (int k = 0; k < 3; ++k) outputs.push_back(nodes_[nodes_.size() - 1 - static_cast<std::size_t>(pick(4))]);
    const NodeId upstream = tape.input("upstream", values(tape.shape(nodes_.back())), false);
    inputs.push_back(upstream);
    const std::array upstreams{std::pair{nodes_.back(), upstream}};
    for (std::size_t k = 0; k < 3; ++k) {
      try {
        const NodeId gradient = tape.record_backward(upstreams, std::array{inputs[k]}).front();
        if (!(exact && shares_ties_) && is_moderate(gradient)) outputs.push_back(gradient);
      } catch (const Error&) {  // no path leads to this input
      }
    }
  }

  // New values for the inputs.
  std::vector<Tensor> fresh_inputs() {
    std::vector<Tensor> result;
    for (const NodeId input : inputs) result.push_back(values(tape.shape(input)));
    return result;
  }

  Tape tape;
  std::vector<NodeId> inputs, outputs;

 private:
  int pick(int below) { return std::min(below - 1, static_cast<int>(random_.number({0, static_cast<double>(below)}))); }

  Shape random_shape() {
    static const std::vector<Shape> shapes{{},       {5},          {1},       {7, 3},    {4, 1, 6},   {3, 4, 2, 5},
                                           {300, 7}, {3, 1500},    {40, 100}, {2, 3000}, {9000, 3},   {2, 9000},
                                           {0},      {3, 0},       {2500},    {20000},   {6, 50, 31}, {4, 4, 4},
                                           {20, 20}, {1, 5, 1, 2}, {70, 2, 9}};
    return shapes[static_cast<std::size_t>(pick(static_cast<int>(shapes.size())))];
  }
  // A shape that broadcasts to this one.
  Shape part_of(Shape shape) {
    for (std::int64_t& length : shape) {
      if (pick(3) == 0) length = 1;
    }
    return {shape.begin() + pick(static_cast<int>(shape.size()) + 1), shape.end()};
  }

  Tensor values(const Shape& shape) {
    Tensor result = random_.tensor(shape, {-2, 2}, dtype_);
    if (!exact_) return result;
    for (std::int64_t k = 0; k < result.size(); ++k) result.set_item(k, std::round(result.item(k)));
    return result;
  }

  void add_input(const Shape& shape) {
    nodes_.push_back(tape.input("in" + std::to_string(nodes_.size()), values(shape)));
    inputs.push_back(nodes_.back());
  }

  NodeId any() { return nodes_[static_cast<std::size_t>(pick(static_cast<int>(nodes_.size())))]; }

  [[nodiscard]] bool is_moderate(NodeId node) const {
    const std::vector<double> all = tape.value(node).to_vector();
    return std::all_of(all.begin(), all.end(), [](double v) { return std::abs(v) < (1 << 18); });
  }

  void add_node() {
    Tape before = tape;
    try {
      const NodeId node = random_node();
      if (tape.value(node).size() <= 40000 && is_moderate(node)) {
        nodes_.push_back(node);
        return;
      }
    } catch (const Error&) {  // shapes that do not fit: try something else
    }
    tape = std::move(before);
  }

  NodeId random_node() {
    static const std::vector<std::string_view> exact_unary{"abs", "relu", "step", "negate", "square", "stop_gradient"};
    static const std::vector<std::string_view> smooth_unary{"tanh",   "sin",    "cos",           "sigmoid",
                                                            "negate", "square", "stop_gradient", "softplus"};
    const NodeId x = any();
    const Shape shape = tape.shape(x);
    const auto rank = static_cast<int>(shape.size());
    switch (pick(9)) {
      case 0:
      case 1: {
        const auto& names = exact_ ? exact_unary : smooth_unary;
        return tape.apply(names[static_cast<std::size_t>(pick(static_cast<int>(names.size())))], std::array{x});
      }
      case 2:
      case 3:
      case 4: {
        static const std::array names{"add", "subtract", "multiply", "maximum", "minimum"};
        return tape.apply(names[static_cast<std::size_t>(pick(exact_ ? 5 : 3))], std::array{x, any()});
      }
      case 5:
      case 6: {
        std::vector<int> axes;
        for (int axis = 0; axis < rank; ++axis) {
          if (pick(2) == 0) axes.push_back(axis);
        }
        static const std::array names{"sum", "max", "min", "mean"};
        const int name = exact_ ? pick(3) : pick(2) * 3;
        shares_ties_ = shares_ties_ || name == 1 || name == 2;
        return reduce(tape, names[static_cast<std::size_t>(name)], x, axes, pick(2) == 0);
      }
      case 7: {
        std::vector<int> axes;
        for (int axis = 0; axis < rank; ++axis) axes.insert(axes.begin() + pick(axis + 1), axis);
        if (pick(2) == 0) return transpose(tape, x, axes);
        if (pick(2) == 0) return reshape(tape, x, {tape.value(x).size()});
        Shape target = shape;
        target.insert(target.begin(), 1 + pick(3));
        return broadcast_to(tape, x, target);
      }
      default:
        if (pick(2) == 0) return diagonal(tape, x, 0, 1);
        return contract(tape, x, any(), rank == 2 ? "ij,jk->ik" : rank == 1 ? "i,i->" : "aij,ja->i");
    }
  }

  Samples random_;
  DType dtype_;
  bool exact_;
  bool shares_ties_ = false;  // has an extremum whose gradient is divided among those that attain it
  std::vector<NodeId> nodes_, constants_;
};

}  // namespace chalktape::engine

// Graphs of random ops, for tests that hold for any graph.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/tape/tape.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {

// A graph of random ops, with a recorded backward sweep. With `exact`, its numbers are small integers and its ops keep
// them so: every order of adding gives the same sums. Every other graph is deep: its arrays have 3 to 6 axes, and most
// of them broadcast to one shape. Values may be strided.
class RandomGraph {
 public:
  RandomGraph(std::uint32_t seed, DType dtype, bool exact) : random_(seed), dtype_(dtype), exact_(exact) {
    deep_ = pick(2) == 0;
    const Shape full = deep_ ? deep_shape() : random_shape();
    for (int k = 0; k < (deep_ ? 4 : 3); ++k) add_input(k == 0 ? full : part_of(full));
    constants_.push_back(tape.constant(values({}), {}));
    nodes_.push_back(constants_.back());
    const int count = 5 + pick(25);
    for (int k = 0; k < count; ++k) {
      add_node([&] { return random_node(); });
    }
    // What has been made is read, too.
    for (int k = 0; deep_ && k < 4; ++k) {
      add_node([&] { return binary_node(k % 2 == 0 ? large() : recent(1), any()); });
    }
    for (int k = 0; k < 3; ++k) outputs.push_back(recent(4));
    for (int k = 0; deep_ && k < 5; ++k) outputs.push_back(any());
    const NodeId upstream = tape.input("upstream", values(tape.shape(nodes_.back())), false);
    inputs.push_back(upstream);
    const std::array upstreams{std::pair{nodes_.back(), upstream}};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t first = tape.size();
      try {
        const NodeId gradient = tape.record_backward(upstreams, std::array{inputs[k]}).front();
        bool moderate = !(exact && shares_ties_);
        for (NodeId node = first; node < tape.size(); ++node) moderate = moderate && is_moderate(node);
        if (moderate) outputs.push_back(gradient);
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
  // 3 to 6 axes with up to 60,000 entries. In half of the graphs each axis is the long one in some. In the rest the
  // last axis is as long as the third-last, and more than a tile lies between: products of some axes are those of
  // others.
  Shape deep_shape() {
    const int rank = 3 + pick(4);
    Shape shape;
    if (rank > 3 && pick(3) != 0) {
      const std::int64_t ends = std::int64_t{2} << pick(3);
      for (int axis = 3; axis < rank; ++axis) shape.push_back(axis == 3 ? 2 + pick(2) : 1 + pick(2));
      shape.push_back(ends);
      shape.push_back(pick(2) == 0 ? 1024 / ends : (1025 + pick(200)) / ends);
      shape.push_back(ends);
      return shape;
    }
    const double entries = std::exp(random_.number({std::log(1000), std::log(60000)}));
    std::vector<double> shares;
    for (int axis = 0; axis < rank; ++axis) shares.push_back(std::pow(random_.number({0.1, 1}), 1 + pick(3)));
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (const double share : shares)
      shape.push_back(std::max<std::int64_t>(pick(8) == 0 ? 1 : 2, std::llround(std::pow(entries, share / total))));
    while (element_count(shape) > 60000) *std::max_element(shape.begin(), shape.end()) /= 2;
    return shape;
  }
  // A shape that broadcasts to this one; of a deep graph, any of its axes or those next to each other.
  Shape part_of(Shape shape) {
    const auto rank = static_cast<int>(shape.size());
    if (deep_ && pick(2) == 0) {
      const int first = pick(rank);
      const int last = pick(2) == 0 ? rank : first + 1 + pick(rank - first);
      for (int axis = 0; axis < rank; ++axis) {
        if (axis < first || axis >= last) shape[static_cast<std::size_t>(axis)] = 1;
      }
    } else {
      for (std::int64_t& length : shape) {
        if (pick(deep_ ? 2 : 3) == 0) length = 1;
      }
    }
    if (!deep_) return {shape.begin() + pick(rank + 1), shape.end()};
    while (!shape.empty() && shape[0] == 1) shape.erase(shape.begin());
    return shape;
  }

  Tensor values(const Shape& shape) {
    const auto entries = element_count(shape);
    if (pick(3) != 0 || entries == 0) return entries_of(shape);
    // Axes in any order in memory, and gaps between the entries.
    std::vector<std::size_t> order;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      order.insert(order.begin() + pick(static_cast<int>(axis) + 1), axis);
    Strides strides(shape.size(), 0);
    std::int64_t step = 1 + pick(2);
    for (const std::size_t axis : order) {
      if (pick(8) == 0) continue;  // repeats
      strides[axis] = step;
      step *= shape[axis];
    }
    return entries_of({step}).view(shape, strides);
  }
  Tensor entries_of(const Shape& shape) {
    Tensor result = random_.tensor(shape, {-2, 2}, dtype_);
    if (!exact_) return result;
    for (std::int64_t k = 0; k < result.size(); ++k) result.set_item(k, std::round(result.item(k)));
    return result;
  }

  NodeId add_input(const Shape& shape) {
    nodes_.push_back(tape.input("in" + std::to_string(nodes_.size()), values(shape)));
    inputs.push_back(nodes_.back());
    return nodes_.back();
  }

  NodeId any() { return nodes_[static_cast<std::size_t>(pick(static_cast<int>(nodes_.size())))]; }

  // Whether its entries and their sums are far from the largest integer of the dtype with `exact`, else small enough to
  // leave functions of them digits.
  [[nodiscard]] bool is_moderate(NodeId node) const {
    const double most = exact_ ? 1 << 18 : 64;
    double total = 0;
    for (const double v : tape.value(node).to_vector()) {
      if (!(std::abs(v) < most)) return false;
      total += std::abs(v);
    }
    return total < (exact_ ? 1 << 24 : 1 << 17);
  }

  // One of the last few.
  NodeId recent(int count) { return nodes_[nodes_.size() - 1 - static_cast<std::size_t>(pick(count))]; }

  template <class Make>
  void add_node(Make make) {
    Tape before = tape;
    const std::size_t node_count = nodes_.size();
    const std::size_t input_count = inputs.size();
    try {
      const NodeId node = make();
      if (tape.value(node).size() <= 65536 && is_moderate(node)) {
        nodes_.push_back(node);
        return;
      }
    } catch (const Error&) {  // shapes that do not fit: try something else
    }
    tape = std::move(before);
    nodes_.resize(node_count);
    inputs.resize(input_count);
  }

  NodeId random_node() {
    if (deep_ && pick(8) != 0) return deep_node();
    const NodeId x = any();
    const Shape shape = tape.shape(x);
    const auto rank = static_cast<int>(shape.size());
    switch (pick(9)) {
      case 0:
      case 1:
        return unary_node(x);
      case 2:
      case 3:
      case 4:
        return binary_node(x, any());
      case 5:
      case 6: {
        std::vector<int> axes;
        for (int axis = 0; axis < rank; ++axis) {
          if (pick(2) == 0) axes.push_back(axis);
        }
        return reduction_node(x, axes, pick(2) == 0);
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

  NodeId unary_node(NodeId x) {
    static const std::vector<std::string_view> exact{"abs", "relu", "step", "negate", "square", "stop_gradient"};
    static const std::vector<std::string_view> smooth{"tanh",   "sin",    "cos",           "sigmoid",
                                                      "negate", "square", "stop_gradient", "softplus"};
    const auto& names = exact_ ? exact : smooth;
    return tape.apply(names[static_cast<std::size_t>(pick(static_cast<int>(names.size())))], std::array{x});
  }

  NodeId binary_node(NodeId x, NodeId other) {
    static const std::array names{"add", "subtract", "multiply", "maximum", "minimum"};
    return tape.apply(names[static_cast<std::size_t>(pick(exact_ ? 5 : 3))], std::array{x, other});
  }

  NodeId reduction_node(NodeId x, const std::vector<int>& axes, bool keep) {
    static const std::array names{"sum", "max", "min", "mean"};
    const int name = exact_ ? pick(3) : pick(2) * 3;
    shares_ties_ = shares_ties_ || name == 1 || name == 2;
    return reduce(tape, names[static_cast<std::size_t>(name)], x, axes, keep);
  }

  // One of as many entries as any.
  NodeId large() {
    std::vector<NodeId> all;
    std::copy_if(nodes_.begin(), nodes_.end(), std::back_inserter(all),
                 [&](NodeId node) { return tape.shape(node) == tape.shape(nodes_[0]); });
    return all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
  }

  // One whose shape goes with those that are there: reductions and what is made of their results, row by row, beside
  // what has all of the axes.
  NodeId deep_node() {
    const NodeId x = pick(2) == 0 ? large() : pick(2) == 0 ? recent(3) : any();
    const auto rank = tape.value(x).rank();
    const int kind = pick(15);
    if (kind >= 10) {  // what a row's reduction and an operand of its own axes make, beside the row
      const int row = rank < 2 ? 0 : pick(2) == 0 ? rank - 1 : 1 + pick(rank - 1);
      std::vector<int> axes;
      for (int axis = row; axis < rank; ++axis) axes.push_back(axis);
      const NodeId reduced = reduction_node(x, axes, true);
      Shape own = tape.shape(reduced);  // without some of its first axes, or any part of it
      if (pick(2) == 0) std::fill_n(own.begin(), pick(row + 1), 1);
      return binary_node(x, binary_node(reduced, add_input(pick(8) == 0 ? part_of(own) : own)));
    }
    if (kind < 2) return unary_node(x);
    if (kind < 4) return binary_node(x, add_input(part_of(tape.shape(x))));
    if (kind < 6) return binary_node(large(), x);
    if (kind < 7) return binary_node(x, any());
    if (kind < 9) {  // of the last axes, or any
      const int first = pick(3) == 0 ? 0 : pick(rank + 1);
      std::vector<int> axes;
      for (int axis = first; axis < rank; ++axis) {
        if (first > 0 || pick(2) == 0) axes.push_back(axis);
      }
      return reduction_node(x, axes, true);
    }
    const Shape& shape = tape.shape(x);
    std::vector<int> order(static_cast<std::size_t>(rank));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t a = 0; a < order.size(); ++a) {
      for (std::size_t b = a + 1; b < order.size(); ++b) {
        if (shape[a] == shape[b] && pick(2) == 0) std::swap(order[a], order[b]);
      }
    }
    return transpose(tape, x, order);
  }

  Samples random_;
  DType dtype_;
  bool exact_;
  bool deep_ = false;
  bool shares_ties_ = false;  // has an extremum whose gradient is divided among those that attain it
  std::vector<NodeId> nodes_, constants_;
};

}  // namespace chalktape::engine

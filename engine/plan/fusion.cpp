#include "engine/plan/fusion.hpp"

#include <algorithm>
#include <array>

#include "engine/plan/loops.hpp"

namespace chalktape::engine {

namespace {

using Kind = FusedValue::Kind;

Shape without_unit_axes(const Shape& shape) {
  Shape result;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(result), [](std::int64_t n) { return n != 1; });
  return result;
}

bool is_prefix(const Shape& prefix, const Shape& shape) {
  return prefix.size() <= shape.size() && std::equal(prefix.begin(), prefix.end(), shape.begin());
}

class Analysis {
 public:
  Analysis(Graph& graph, std::span<const NodeId> inputs, std::vector<NodeId>& outputs, const RowLimits& rows)
      : graph_(graph), limits_(rows), values_(boost::num_vertices(graph)) {
    classify(inputs);
    copy_outputs(outputs);
    mark_needed(outputs);
    for (NodeId node = 0; node < values_.size(); ++node) place(node);
    for (const FusedValue& value : values_) {
      for (const FusedValue::Use& use : value.uses) {
        if (!use.fused) values_[use.base].stored = true;
      }
    }
    for (const NodeId output : outputs) values_[output].stored = true;
  }

  std::vector<FusedValue> result() { return std::move(values_); }

 private:
  void classify(std::span<const NodeId> inputs) {
    for (NodeId node = 0; node < values_.size(); ++node) {
      FusedValue& value = values_[node];
      value.base = node;
      value.strides = row_major_strides(graph_[node].shape);
      value.kind = Kind::leaf;
      if (is_input(node, inputs)) continue;
      const std::vector<NodeId> operands = operands_of(graph_, node);
      const auto varies = [&](NodeId operand) {
        return values_[operand].kind != Kind::leaf || is_input(operand, inputs);
      };
      if (std::any_of(operands.begin(), operands.end(), varies)) value.kind = kind_of(node, operands);
      if (value.kind == Kind::view) become_view(node, operands[0]);
    }
  }

  static bool is_input(NodeId node, std::span<const NodeId> inputs) {
    return std::find(inputs.begin(), inputs.end(), node) != inputs.end();
  }

  Kind kind_of(NodeId node, const std::vector<NodeId>& operands) const {
    const Op& op = *graph_[node].op;
    const auto empty = [&](NodeId other) { return element_count(graph_[other].shape) == 0; };
    if (empty(node) || std::any_of(operands.begin(), operands.end(), empty)) return Kind::call;
    if (op.tiles[0].map != nullptr) return Kind::map;
    if (op.reducing[0].combine != nullptr) return Kind::reduce;
    if (op.views == Views::always) return Kind::view;
    if (op.views == Views::of_contiguous && memory_of(operands[0]).is_contiguous()) return Kind::view;
    return Kind::call;
  }

  // A tensor with the node's shape and strides, not to be read: ops that make views tell from it what views they make.
  [[nodiscard]] Tensor memory_of(NodeId node) const {
    return Tensor::zeros({}, graph_[node].dtype).view(graph_[node].shape, values_[node].strides);
  }

  void become_view(NodeId node, NodeId operand) {
    values_[node].base = values_[operand].base;
    values_[node].strides = graph_[node].op->forward(std::array{memory_of(operand)}, graph_[node].attributes).strides();
  }

  void copy_outputs(std::vector<NodeId>& outputs) {
    static const Op& identity = op_named("stop_gradient");
    for (NodeId& output : outputs) {
      if (values_[output].kind != Kind::leaf && values_[output].kind != Kind::view) continue;
      Node node;
      node.op = &identity;
      node.shape = graph_[output].shape;
      node.dtype = graph_[output].dtype;
      const NodeId copy = boost::add_vertex(node, graph_);
      boost::add_edge(output, copy, OperandEdge{0}, graph_);
      FusedValue& value = values_.emplace_back();
      value.base = copy;
      value.strides = row_major_strides(node.shape);
      value.kind = kind_of(copy, {output});
      output = copy;
    }
  }

  void mark_needed(const std::vector<NodeId>& outputs) {
    std::vector<char> needed(values_.size(), 0);
    for (const NodeId output : outputs) needed[output] = 1;
    for (NodeId node = values_.size(); node-- > 0;) {
      if (needed[node] == 0) {
        values_[node].kind = Kind::unneeded;
      } else if (values_[node].kind != Kind::leaf) {
        for (const NodeId operand : operands_of(graph_, node)) needed[operand] = needed[values_[operand].base] = 1;
      }
    }
  }

  void place(NodeId node) {
    FusedValue& value = values_[node];
    if (value.kind != Kind::call && value.kind != Kind::map && value.kind != Kind::reduce) return;
    const std::vector<NodeId> operands = operands_of(graph_, node);
    if (value.kind == Kind::map) choose_space_of_map(value, node, operands);
    if (value.kind == Kind::reduce) choose_space_of_reduction(value, node, operands[0]);
    for (const NodeId operand : operands) {
      FusedValue::Use use{values_[operand].base, values_[operand].strides, false};
      if (value.kind != Kind::call) use.strides = loop_strides(value, node, operand);
      const FusedValue& base = values_[use.base];
      use.fused =
          value.kind != Kind::call && is_computed_in(value, base) && use.strides == strides_of(base, value.depth);
      if (base.kind != Kind::leaf) value.stage = std::max(value.stage, base.stage + (use.fused ? 0 : 1));
      value.uses.push_back(std::move(use));
    }
    if (value.kind == Kind::call || (value.kind == Kind::reduce && !value.in_tile)) value.stored = true;
  }

  // Whether a loop over the space of `value` could compute `base` before it.
  [[nodiscard]] bool is_computed_in(const FusedValue& value, const FusedValue& base) const {
    return (base.kind == Kind::map || base.in_tile) && base.space == value.space && base.result_depth <= value.depth &&
           graph_[base.base].dtype == graph_[value.base].dtype;
  }

  // How a value of the same loop is read by one of at least its depth.
  static Strides strides_of(const FusedValue& base, int depth) {
    return strides_within(base.space, 0, static_cast<std::size_t>(base.result_depth), static_cast<std::size_t>(depth));
  }

  // The operand's strides over the axes of the node (of the operand, for a reduction) that are longer than 1.
  [[nodiscard]] Strides loop_strides(const FusedValue& value, NodeId node, NodeId operand) const {
    const Shape& from = graph_[operand].shape;
    const Shape& shape = value.kind == Kind::reduce ? from : graph_[node].shape;
    const std::size_t missing = shape.size() - from.size();
    Strides strides;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      const bool repeats = axis < missing || from[axis - missing] == 1;
      strides.push_back(repeats ? 0 : values_[operand].strides[axis - missing]);
    }
    return strides;
  }

  // Its own shape; or, if that is the beginning of the indices of a loop whose reductions it reads, that loop.
  void choose_space_of_map(FusedValue& value, NodeId node, const std::vector<NodeId>& operands) {
    value.space = without_unit_axes(graph_[node].shape);
    value.depth = value.result_depth = static_cast<int>(value.space.size());
    const Shape own = value.space;
    int latest = -1;
    for (const NodeId operand : operands) {
      const FusedValue& base = values_[values_[operand].base];
      if (base.kind != Kind::map && !base.in_tile) continue;
      if (base.stage <= latest || base.space.size() <= own.size() || !is_prefix(own, base.space)) continue;
      if (base.result_depth > value.depth || loop_strides(value, node, operand) != strides_of(base, value.depth))
        continue;
      value.space = base.space;
      latest = base.stage;
    }
  }

  void choose_space_of_reduction(FusedValue& value, NodeId node, NodeId operand) {
    const Shape& shape = graph_[operand].shape;
    value.space = without_unit_axes(shape);
    value.depth = static_cast<int>(value.space.size());
    const FusedValue& base = values_[values_[operand].base];
    if ((base.kind == Kind::map || base.in_tile) && base.result_depth == value.depth &&
        is_prefix(value.space, base.space) && loop_strides(value, node, operand) == strides_of(base, value.depth)) {
      value.space = base.space;
    }
    const std::vector<int>& axes = attributes_as<Reduction>(graph_[node].attributes, graph_[node].op->name).axes;
    Shape kept;  // 1 along reduced axes
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int>(axis)) != axes.end();
      kept.push_back(reduced ? 1 : shape[axis]);
    }
    value.result_strides = strides_within(kept, 0, kept.size(), kept.size());
    for (std::size_t axis = 0; axis < kept.size(); ++axis) {
      if (kept[axis] == 1) value.result_strides[axis] = 0;
    }
    value.result_depth = static_cast<int>(without_unit_axes(kept).size());
    const auto rows = static_cast<std::size_t>(value.result_depth);
    value.in_tile = std::all_of(kept.begin() + value.result_depth, kept.end(), [](std::int64_t n) { return n == 1; }) &&
                    extent_product(value.space, rows) <= limits_.longest && (rows > 0 || limits_.whole_arrays);
  }

  Graph& graph_;
  RowLimits limits_;
  std::vector<FusedValue> values_;
};

}  // namespace

std::vector<FusedValue> analyse_fusion(Graph& graph, std::span<const NodeId> inputs, std::vector<NodeId>& outputs,
                                       const RowLimits& rows) {
  return Analysis(graph, inputs, outputs, rows).result();
}

}  // namespace chalktape::engine

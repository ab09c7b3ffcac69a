// The tape: records values as nodes of a graph, and sweeps it backwards for gradients.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <boost/smart_ptr/make_local_shared.hpp>

#include "engine/tape/graph.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

/// One vector-Jacobian product of the backward sweep.
struct Contribution {
  NodeId node;                 ///< whose cotangent is pulled back
  int position;                ///< to which of its operands
  NodeId operand;              ///< that operand
  const Tensor& cotangent;     ///< of `node`, complete
  const Tensor& contribution;  ///< to the operand's cotangent, in the operand's shape
};

/// Is told of the backward sweep while it runs; what is passed lives only during the call.
class BackwardObserver {
 public:
  virtual ~BackwardObserver() = default;
  virtual void on_contribution(const Contribution& /*contribution*/) {}
  /// All contributions to the node's cotangent have arrived.
  virtual void on_complete(NodeId /*node*/, const Tensor& /*cotangent*/) {}
};

/// What to do about a gradient with respect to a value on which no output depends, or only through ops that pass no
/// gradient: such a question is mostly a mistake, but the answer is zero.
enum class NoPath { refuse, zero };

/// The gradients that backward was asked for.
class Gradients {
 public:
  /// Throws Error if the gradient with respect to this node was not asked for.
  [[nodiscard]] const Tensor& of(NodeId node) const;

 private:
  friend class Tape;
  std::map<NodeId, Tensor> gradients_;
};

/// Not safe to use from two threads at once.
class Tape {
 public:
  Tape();
  /// A copy is a tape of its own: what was Recorded on the original stays there.
  Tape(const Tape& other);
  /// What was Recorded on the other tape goes along; the other is empty then.
  Tape(Tape&& other) noexcept;
  Tape& operator=(const Tape& other);
  Tape& operator=(Tape&& other) noexcept;
  ~Tape();

  /// An input of the computation. Inputs are never shared. Names should be unique; the tape does not insist.
  NodeId input(std::string name, Tensor value, bool differentiable = true);
  /// A constant. Unnamed constants of one element are shared if equal.
  NodeId constant(Tensor value, std::string name = {});
  NodeId constant(double value, DType dtype) { return constant(Tensor::full({}, value, dtype)); }

  /// Records and evaluates an op. The same op with the same attributes and operands is the same node. Throws Error for
  /// an unknown op, a wrong number of operands, wrong attributes, shapes that do not fit or dtypes that differ.
  NodeId apply(const Op& op, std::span<const NodeId> operands, const Attributes& attributes = {});
  NodeId apply(std::string_view op, std::span<const NodeId> operands, const Attributes& attributes = {});

  /// Names a node; the first name stays (a node shared by two names keeps the earlier).
  void set_name(NodeId node, std::string name);

  // These references stay valid while the tape grows; references into graph() do not.
  /// Throws Error if there is no such node.
  [[nodiscard]] const Tensor& value(NodeId node) const;
  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Shape& shape(NodeId node) const { return value(node).shape(); }
  [[nodiscard]] DType dtype(NodeId node) const { return value(node).dtype(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }  ///< number of nodes

  /// Reverse mode: the gradients of Σ ⟨upstream gradient, output⟩ with respect to the given nodes (inputs or
  /// intermediates). Visits only nodes between those and the outputs, in reverse topological order; each cotangent is
  /// freed once it has been pulled back. Throws Error if an upstream gradient has not its output's shape and dtype, an
  /// input asked for is not differentiable, or, naming the values, no gradient flows to it (unless NoPath::zero).
  [[nodiscard]] Gradients backward(std::span<const std::pair<NodeId, Tensor>> upstream_gradients,
                                   std::span<const NodeId> with_respect_to, BackwardObserver* observer = nullptr,
                                   NoPath no_path = NoPath::refuse) const;

  /// The same sweep recorded on this tape, for second derivatives: upstream gradients are nodes, and so are the
  /// gradients returned, in the order of `with_respect_to`.
  [[nodiscard]] std::vector<NodeId> record_backward(std::span<const std::pair<NodeId, NodeId>> upstream_gradients,
                                                    std::span<const NodeId> with_respect_to,
                                                    NoPath no_path = NoPath::refuse);

  enum class Stops { recompute, freeze };
  /// The values of all nodes (indexed by NodeId) with some inputs or constants replaced; what does not depend on them
  /// is not recomputed. With Stops::freeze the results of stop_gradient keep their recorded values, which is what a
  /// finite difference must do. Throws Error if a replacement is of an op's result, or of another shape or dtype.
  [[nodiscard]] std::vector<Tensor> replay(std::span<const std::pair<NodeId, Tensor>> replacements,
                                           Stops stops = Stops::recompute) const;

 private:
  friend class Recorded;
  NodeId append(Node node, Tensor value);
  void swap(Tape& other);

  std::unique_ptr<Graph> graph_ = std::make_unique<Graph>();  // Boost's graphs do not move
  std::deque<Tensor, SmallAllocator<Tensor>> values_;
  std::vector<Tensor> operands_;  // of the op that is being recorded
  // By a hash of op, attributes and operands, or of a constant.
  std::unordered_multimap<std::size_t, NodeId, std::identity, std::equal_to<>,
                          SmallAllocator<std::pair<const std::size_t, NodeId>>>
      known_;
  // Where this tape is, for Recorded; null once it is gone.
  boost::local_shared_ptr<Tape*> place_ = boost::make_local_shared<Tape*>(this);
};

/// A node together with its tape: what formulas in C++ are written with. `1 - y*y`, `exp(x)`, `sum(x, {0})` record;
/// engine/tape/recorded.hpp has the functions.
/// A value used after its tape is gone is noticed: every member but node() then throws Error.
class Recorded {
 public:
  Recorded(Tape& tape, NodeId node) : place_(tape.place_), node_(node) {}
  /// `user` names the op in the message.
  [[nodiscard]] Tape& tape(std::string_view user = "recorded value") const {
    if (*place_ == nullptr) throw_gone(user);
    return **place_;
  }
  [[nodiscard]] NodeId node() const { return node_; }
  [[nodiscard]] const Shape& shape() const { return tape().shape(node_); }
  [[nodiscard]] DType dtype() const { return tape().dtype(node_); }
  [[nodiscard]] const Tensor& value() const { return tape().value(node_); }

 private:
  [[noreturn]] void throw_gone(std::string_view user) const;
  boost::local_shared_ptr<Tape*> place_;
  NodeId node_;
};

// Free helpers. Binary ones broadcast as NumPy does.
NodeId add(Tape& tape, NodeId a, NodeId b);
NodeId subtract(Tape& tape, NodeId a, NodeId b);
NodeId multiply(Tape& tape, NodeId a, NodeId b);
NodeId divide(Tape& tape, NodeId a, NodeId b);
NodeId power(Tape& tape, NodeId a, NodeId b);
/// x^c by the plainest op there is: x itself, square, reciprocal, sqrt, or power_constant.
NodeId power(Tape& tape, NodeId x, double exponent);
NodeId negate(Tape& tape, NodeId x);
/// A function of the language by its name ("exp", "max" with two operands, "stop"); throws Error if there is none.
NodeId call(Tape& tape, std::string_view function, std::span<const NodeId> operands);
/// "sum", "mean", "max" or "min" over axes (negative ones count from the end; none at all: the operand itself).
NodeId reduce(Tape& tape, std::string_view op, NodeId x, std::vector<int> axes, bool keepdim = false);
NodeId transpose(Tape& tape, NodeId x, std::vector<int> permutation);
NodeId reshape(Tape& tape, NodeId x, Shape shape);
NodeId broadcast_to(Tape& tape, NodeId x, Shape shape);
/// The entries where the two axes agree; they become the last axis.
NodeId diagonal(Tape& tape, NodeId x, int first, int second);
/// A sum of products of two operands in einsum notation, e.g. "ij,jk->ik", "bij,bj->bi", "ii,i->"; letters a–z, A–Z,
/// any pattern: a letter repeated in one operand takes its diagonal, a letter of one operand only that is not in the
/// result is summed first. One matrix product (per batch), no broadcast product.
NodeId contract(Tape& tape, NodeId a, NodeId b, std::string_view pattern);

}  // namespace chalktape::engine

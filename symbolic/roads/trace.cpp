#include "symbolic/roads/trace.hpp"

#include <fmt/format.h>

#include "symbolic/roads/numbers.hpp"
#include "symbolic/roads/sweeps.hpp"
#include "symbolic/roads/wording.hpp"

namespace chalktape::roads {
namespace {

using engine::NodeId;
using engine::Tensor;

const std::string indent = "    ";

class Text {
 public:
  Text(const Problem& problem, const Sweeps& sweeps, bool unicode)
      : sweeps_(sweeps), wording_(problem, sweeps, unicode) {
    const std::string sizes = sizes_text(problem);
    text_ = fmt::format("{}: {}{}seed {}\n", problem.layer.name, sizes, sizes.empty() ? "" : ", ", problem.seed);
  }

  std::string write() {
    text_ += "\nFORWARD\n";
    for (const NodeId node : sweeps_.shown) {
      const std::string name = wording_.name(node);
      const bool is_result = sweeps_.tape.graph()[node].op != nullptr;
      text_ += "\n" + (is_result ? name + " = " + wording_.formula(node) : name) + shape(node) + "\n" +
               values(node, sweeps_.tape.value(node));
    }
    text_ += "\nBACKWARD\n\n";
    for (const BackwardStep& step : sweeps_.backward) backward(step);
    text_ += "\nGRADIENTS\n";
    for (std::size_t k = 0; k < sweeps_.gradients.size(); ++k) {
      const NodeId tensor = sweeps_.forward.tensors[k];
      text_ +=
          fmt::format("\n{}{}\n{}", wording_.gradient(tensor), shape(tensor), values(tensor, sweeps_.gradients[k]));
    }
    return std::move(text_);
  }

 private:
  void backward(const BackwardStep& step) {
    const std::string gradient = wording_.gradient(step.node);
    switch (step.kind) {
      case BackwardStep::Kind::upstream:
        text_ += fmt::format("{} is the upstream gradient{}\n{}", gradient, shape(step.node),
                             values(step.node, step.values));
        break;
      case BackwardStep::Kind::complete:
        text_ += "\n";
        if (sweeps_.tape.graph()[step.node].role == engine::NodeRole::input) {
          text_ += fmt::format("{} is complete\n", gradient);
          break;
        }
        text_ += fmt::format("{} = {}\n", wording_.name(step.node), wording_.formula(step.node));
        // With a single contribution, it stands above.
        if (step.contributions > 1)
          text_ += fmt::format("  {} is complete, from {} contributions\n{}", gradient, step.contributions,
                               values(step.node, step.values));
        break;
      case BackwardStep::Kind::contribution:
        text_ += fmt::format("  {} {} {}\n{}", gradient, step.so_far ? "+=" : "=", wording_.contribution(step),
                             values(step.node, step.values));
        if (step.so_far) text_ += fmt::format("  so far {}\n{}", gradient, values(step.node, *step.so_far));
        break;
    }
  }

  [[nodiscard]] std::string shape(NodeId node) const {
    const std::string axes = wording_.shape(node);
    return axes.empty() ? "" : fmt::format("  [{}]", axes);
  }
  [[nodiscard]] std::string values(NodeId node, const Tensor& tensor) const {
    return matrix_text(tensor, indent, wording_.axes(node));
  }

  const Sweeps& sweeps_;
  Wording wording_;
  std::string text_;
};

}  // namespace

std::string trace(const Problem& problem, bool unicode) {
  const Sweeps sweeps = sweep(problem);
  return Text(problem, sweeps, unicode).write();
}

}  // namespace chalktape::roads

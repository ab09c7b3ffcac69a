#include "symbolic/derive/direct.hpp"

#include <algorithm>
#include <set>

#include "symbolic/derive/jacobian.hpp"
#include "symbolic/derive/search.hpp"

namespace chalktape::derive {

using rules::Known;

namespace {

/// What lies between a name and the loss: where its gradient is summed up, and what is passed on the way there.
struct Front {
  /// Outputs, and intermediates with a gradient of their own, that the name reaches without passing another such.
  std::vector<std::string> reached;
  /// Those of them whose own gradient holds all that comes after them: they are held fixed for each other.
  std::set<std::string> closed;
  /// `reached` and all that lies before it, in the order of definition.
  std::vector<std::string> passed;
};

class Direct {
 public:
  Direct(Workspace& workspace, const Derivation& staged)
      : workspace_(workspace), flow_(workspace.flow()), context_(workspace.context()), staged_(staged) {
    std::set<std::string> computed;
    for (const auto& definition : staged.program()) computed.insert(definition.name);
    for (const Gradient& gradient : staged.gradients) {
      if (gradient.of_tensor || computed.contains(gradient.name)) wanted_.insert(gradient.of);
    }
  }

  Derivation run(const std::function<void(double)>& progress) {
    Derivation result = workspace_.empty_derivation();
    for (const Gradient& goal : staged_.gradients) {
      if (!wanted_.contains(goal.of)) continue;
      if (progress) progress(static_cast<double>(result.gradients.size()) / static_cast<double>(wanted_.size()));
      result.gradients.push_back(derive(goal));
    }
    return result;
  }

 private:
  [[nodiscard]] Front front_of(const std::string& name) const {
    Front front;
    std::set<std::string> seen;
    const std::function<void(const std::string&)> walk = [&](const std::string& from) {
      for (const std::string& next : flow_.consumers(from)) {
        if (!seen.insert(next).second) continue;
        const bool closed = wanted_.contains(next) || !flow_.needs_derivation(next);
        if (closed && flow_.needs_derivation(next)) front.closed.insert(next);
        if (closed || flow_.is_output(next)) front.reached.push_back(next);
        if (!closed) walk(next);
      }
    };
    walk(name);
    for (const auto& definition : workspace_.layer().definitions) {
      if (seen.contains(definition.name)) front.passed.push_back(definition.name);
    }
    const auto earlier = [&](const std::string& a, const std::string& b) {
      const auto& order = front.passed;
      return std::find(order.begin(), order.end(), a) < std::find(order.begin(), order.end(), b);
    };
    std::sort(front.reached.begin(), front.reached.end(), earlier);
    return front;
  }

  Gradient derive(const Gradient& goal) {
    const std::string& name = goal.of;
    const exvector at = workspace_.indices_of(name);
    const Front front = front_of(name);
    Jacobian jacobian(workspace_, name, at, {front.closed.begin(), front.closed.end()});
    context_.derivatives.clear();
    std::vector<Gradient> derivatives;
    for (const std::string& passed : front.passed) derivatives.push_back(jacobian.derive(passed));

    workspace_.enter(at);
    const ex left = workspace_.access(goal.name, at);
    Path path(left);
    ex total = 0;
    if (flow_.is_output(name)) total += workspace_.access("d" + name, at);
    for (const std::string& reached : front.reached) {
      const exvector there = workspace_.fresh_indices_of(reached);
      const ex upstream = front.closed.contains(reached) || !flow_.needs_derivation(reached)
                              ? workspace_.gradient_of(reached, there)
                              : workspace_.access("d" + reached, there);
      total += notation::sum(upstream * jacobian.written(reached, there), there);
    }
    path.record("chain-rule", total, workspace_.reason_for_chain_rule(name, front.reached, flow_.is_output(name)));
    path.apply("known-derivative", context_);
    settle(path, context_);
    const Path best =
        search(path, context_, Effort::result, notation::to_algebra(goal.value, workspace_.formulas().symbols));

    // An intermediate's gradient is derived only because a result needs it: it costs nothing more.
    Gradient gradient = workspace_.learned(name, at, best, 0);
    gradient.derivatives = std::move(derivatives);
    return gradient;
  }

  Workspace& workspace_;
  const Flow& flow_;
  rules::Context& context_;
  const Derivation& staged_;
  std::set<std::string> wanted_;
};

}  // namespace

Derivation derive_direct(Workspace& workspace, const Derivation& staged, const std::function<void(double)>& progress) {
  return Direct(workspace, staged).run(progress);
}

}  // namespace chalktape::derive

#include "symbolic/derive/staged.hpp"

#include <algorithm>
#include <set>

#include "symbolic/derive/search.hpp"

namespace chalktape::derive {

using rules::Context;
using rules::Known;

namespace {

class Staged {
 public:
  explicit Staged(Workspace& workspace) : workspace_(workspace), context_(workspace.context()) {}

  Derivation run(const std::function<void(double)>& progress) {
    Derivation result = workspace_.empty_derivation();
    const std::vector<std::string> order = workspace_.flow().order();
    for (const std::string& name : order) {
      if (progress) progress(static_cast<double>(result.gradients.size()) / static_cast<double>(order.size()));
      result.gradients.push_back(derive(name));
    }
    return result;
  }

 private:
  void apply_chain_rule(Path& path, const std::string& name, const exvector& at) {
    const Flow& flow = workspace_.flow();
    const ex here = workspace_.access(name, at);
    const auto& consumers = flow.consumers(name);
    ex total = 0;
    if (flow.is_output(name)) total += workspace_.access("d" + name, at);
    for (const std::string& consumer : consumers) {
      const exvector there = workspace_.fresh_indices_of(consumer);
      std::vector<std::string> held = flow.operands(consumer);
      held.erase(std::remove(held.begin(), held.end(), name), held.end());
      const ex local = notation::partial(workspace_.access(consumer, there), here, held);
      total += notation::sum(workspace_.gradient_of(consumer, there) * local, there);
    }
    path.record("chain-rule", total, workspace_.reason_for_chain_rule(name, consumers, flow.is_output(name)));
    for (const std::string& consumer : consumers)
      path.apply("differentiate", context_, rules::Target{context_.find(consumer), {}});
    const auto& entries = workspace_.extremum_entries();
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
      path.apply("differentiate", context_, rules::Target{context_.find(entry->name), {}});
    fold_roots(path, context_);
  }

  Gradient derive(const std::string& name) {
    const exvector at = workspace_.indices_of(name);
    share_costs();
    workspace_.enter(at);
    const std::string gradient_name = workspace_.flow().gradient_name(name);
    const ex left = workspace_.access(gradient_name, at);
    Path path(left);
    apply_chain_rule(path, name, at);
    settle(path, context_);
    const bool is_result = workspace_.layer().find_tensor(name) != nullptr;
    const Path best = search(path, context_, is_result ? Effort::result : Effort::intermediate);

    derived_.push_back(name);
    return workspace_.learned(name, at, best, 1);
  }

  /// Before a gradient is derived: an intermediate's that some result already needs costs nothing more; the others'
  /// cost is shared by the chain rules that are still to come, this one included.
  void share_costs() {
    std::set<std::string> used;  // by the tensors' gradients so far, directly or through other names
    const std::function<void(const ex&)> walk = [&](const ex& e) {
      for (const std::string& mentioned : notation::names(e)) {
        const Known* known = context_.find(mentioned);
        if (known == nullptr || known->free || !used.insert(mentioned).second) continue;
        walk(known->formula.value);
      }
    };
    for (const Known& known : context_.known) {
      if (known.kind == Known::Kind::gradient && known.free) walk(known.formula.value);
    }
    for (const std::string& earlier : derived_) {
      const std::string gradient_name = workspace_.flow().gradient_name(earlier);
      const auto known = std::find_if(context_.known.begin(), context_.known.end(),
                                      [&](const Known& k) { return k.formula.name == gradient_name; });
      if (known->free) continue;
      const auto& readers = workspace_.flow().reads(earlier);
      const auto pending = std::count_if(readers.begin(), readers.end(), [&](const std::string& reader) {
        return std::find(derived_.begin(), derived_.end(), reader) == derived_.end();
      });
      known->share =
          used.contains(known->formula.name) ? 0 : 1 / static_cast<double>(std::max<std::ptrdiff_t>(1, pending));
    }
  }

  Workspace& workspace_;
  Context& context_;
  std::vector<std::string> derived_;
};

}  // namespace

Derivation derive_staged(Workspace& workspace, const std::function<void(double)>& progress) {
  return Staged(workspace).run(progress);
}

}  // namespace chalktape::derive

#include "symbolic/derive/chain.hpp"

#include <algorithm>

namespace chalktape::derive {

Flow::Flow(const language::Layer& layer, const notation::LayerFormulas& formulas)
    : outputs_(layer.outputs.begin(), layer.outputs.end()) {
  std::set<std::string> differentiable;
  for (const auto& tensor : layer.tensors) {
    tensors_.push_back(tensor.name);
    differentiable.insert(tensor.name);
  }
  for (const auto& formula : formulas.definitions) {
    definitions_.push_back(formula.name);
    differentiable.insert(formula.name);
    for (const std::string& name : notation::names(formula.value)) {
      if (differentiable.contains(name)) mentions_[formula.name].insert(name);
    }
  }
  // Backwards from the outputs: only what leads to one is a consumer.
  std::set<std::string> live = outputs_;
  for (auto name = definitions_.rbegin(); name != definitions_.rend(); ++name) {
    if (!live.contains(*name)) continue;
    for (const std::string& operand : mentions_[*name]) {
      live.insert(operand);
      consumers_[operand].insert(consumers_[operand].begin(), *name);
    }
  }
}

const std::vector<std::string>& Flow::consumers(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = consumers_.find(name);
  return found == consumers_.end() ? none : found->second;
}

const std::set<std::string>& Flow::reads(const std::string& name) const {
  static const std::set<std::string> none;
  const auto found = mentions_.find(name);
  return found == mentions_.end() ? none : found->second;
}

std::vector<std::string> Flow::operands(const std::string& name) const {
  std::vector<std::string> result;
  for (const std::string& operand : reads(name)) {
    if (std::find(definitions_.begin(), definitions_.end(), operand) != definitions_.end()) result.push_back(operand);
  }
  return result;
}

std::vector<std::string> Flow::order() const {
  std::set<std::string> done;
  const auto ready = [&](const std::string& name) {
    const auto& users = consumers(name);
    return std::all_of(users.begin(), users.end(),
                       [&](const std::string& user) { return done.contains(user) || !needs_derivation(user); });
  };
  std::vector<std::string> result;
  const auto take_ready_tensors = [&] {
    for (const std::string& tensor : tensors_) {
      if (done.contains(tensor) || !ready(tensor)) continue;
      done.insert(tensor);
      result.push_back(tensor);
    }
  };
  take_ready_tensors();
  for (auto name = definitions_.rbegin(); name != definitions_.rend(); ++name) {
    if (needs_derivation(*name) && !reads(*name).empty()) {
      done.insert(*name);
      result.push_back(*name);
    }
    take_ready_tensors();
  }
  return result;
}

std::string Flow::gradient_name(const std::string& name) const {
  return "d" + name + (is_output(name) && needs_derivation(name) ? "_total" : "");
}

}  // namespace chalktape::derive

// The chain rule, staged: who feeds whom, and in what order gradients can be derived.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"

namespace chalktape::derive {

/// Which definitions read a name, and which names lead to an output.
class Flow {
 public:
  Flow(const language::Layer& layer, const notation::LayerFormulas& formulas);

  /// The definitions whose formulas mention `name` and lead to an output, in order.
  [[nodiscard]] const std::vector<std::string>& consumers(const std::string& name) const;
  [[nodiscard]] bool is_output(const std::string& name) const { return outputs_.contains(name); }
  /// Its gradient is something to derive: it feeds a definition on the way to an output.
  [[nodiscard]] bool needs_derivation(const std::string& name) const { return !consumers(name).empty(); }
  /// The definitions that the formula of `name` mentions, in order of the alphabet.
  [[nodiscard]] std::vector<std::string> operands(const std::string& name) const;
  /// The tensors and definitions that the formula of `name` mentions: their chain rules use its gradient.
  [[nodiscard]] const std::set<std::string>& reads(const std::string& name) const;
  /// Tensors and the intermediates between them and the outputs, each after all its consumers; a tensor as early as
  /// it can be derived, so that its gradient is there to be used. Intermediates that no tensor needs are left out.
  [[nodiscard]] std::vector<std::string> order() const;
  /// The name of the total gradient: `dx`; for an output that is also read further on, `dx_total`.
  [[nodiscard]] std::string gradient_name(const std::string& name) const;

 private:
  std::vector<std::string> tensors_, definitions_;
  std::set<std::string> outputs_;
  std::map<std::string, std::set<std::string>> mentions_;
  std::map<std::string, std::vector<std::string>> consumers_;
};

}  // namespace chalktape::derive

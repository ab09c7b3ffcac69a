// What both styles of derivation share: a layer's formulas, who feeds whom, the letters to write with, and what has
// been derived so far.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/chain.hpp"
#include "symbolic/derive/derivation.hpp"
#include "symbolic/derive/extrema.hpp"
#include "symbolic/derive/path.hpp"

namespace chalktape::derive {

class Workspace {
 public:
  /// Throws notation::Error for a formula beyond the limits. The layer must outlive this. Unless it `explains`,
  /// gradients are found without their steps, in less time.
  Workspace(const language::Layer& layer, std::chrono::steady_clock::time_point deadline, bool explains = true);
  Workspace(const Workspace&) = delete;  // the context points at this object's symbols
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) = delete;
  Workspace& operator=(Workspace&&) = delete;
  ~Workspace() = default;

  [[nodiscard]] const language::Layer& layer() const { return layer_; }
  [[nodiscard]] const Flow& flow() const { return flow_; }
  /// With a definition more for what each extremum runs over.
  [[nodiscard]] const notation::LayerFormulas& formulas() const { return formulas_; }
  [[nodiscard]] const std::vector<language::Definition>& extremum_entries() const { return named_.entries; }
  [[nodiscard]] const rules::Context& context() const { return context_; }
  rules::Context& context() { return context_; }

  /// A derivation without gradients yet: the layer and the names introduced.
  [[nodiscard]] Derivation empty_derivation() const;

  /// The indices to write the name's gradient with: the layer's own letters for it.
  [[nodiscard]] exvector indices_of(const std::string& name) const;
  /// Letters for a second set of the name's indices, none of those in scope.
  [[nodiscard]] exvector fresh_indices_of(const std::string& name) const;
  [[nodiscard]] ex access(const std::string& name, const exvector& at) const;
  /// The total gradient of a name; 1 for a sole scalar output, which is the loss.
  [[nodiscard]] ex gradient_of(const std::string& name, const exvector& at) const;

  /// Begins a derivation in which these indices are free.
  void enter(const exvector& scope);
  /// `left`, found by the path: formulas as trees, steps that a reader can see if it explains.
  [[nodiscard]] Gradient shown(const ex& left, const exvector& indices, const Path& path) const;
  /// The same for the gradient of a name. The context knows it from then on; `share`: see rules::Known.
  Gradient learned(const std::string& name, const exvector& at, const Path& path, double share);

  /// "x reaches the loss through a and b: the chain rule …"; `returned` says that its upstream gradient is a term.
  [[nodiscard]] present::Sentence reason_for_chain_rule(const std::string& name,
                                                        const std::vector<std::string>& through, bool returned) const;

 private:
  /// What an extremum of the layer runs over, if that is what the name stands for.
  [[nodiscard]] const language::Definition* entry(const std::string& name) const;

  const language::Layer& layer_;
  present::Naming naming_;
  Flow flow_;
  NamedEntries named_;
  notation::LayerFormulas formulas_;
  rules::Context context_;
};

/// Writes powers of a base whose root has a name by that name.
void fold_roots(Path& path, const rules::Context& context);

}  // namespace chalktape::derive

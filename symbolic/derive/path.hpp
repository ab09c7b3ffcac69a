// The record of a derivation while it is being found.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/rules/apply.hpp"

namespace chalktape::derive {

using notation::ex;
using notation::exvector;

struct RawStep {
  std::string rule;
  ex before, after;
  present::Sentence why;
};

/// Where a derivation stands, and how it got there. Copies are cheap enough for a search: expressions are shared.
class Path {
 public:
  explicit Path(ex start) : current_(std::move(start)) {}

  [[nodiscard]] const ex& current() const { return current_; }
  [[nodiscard]] const std::vector<RawStep>& steps() const { return steps_; }

  /// Records a step that something other than a rule application made.
  void record(std::string rule, const ex& after, present::Sentence why);
  /// The context's deadline ended the search: there may be a shorter form.
  void cut_short() { is_cut_short_ = true; }
  [[nodiscard]] bool is_cut_short() const { return is_cut_short_; }
  /// Takes back all steps but the first ones.
  void go_back(size_t step);
  /// Applies a rule everywhere, once. False, and nothing recorded, where it matches nowhere.
  bool apply(std::string_view rule, const rules::Context& context, const rules::Target& target = {},
             const std::function<bool(const ex&)>& where = {});

 private:
  ex current_;
  std::vector<RawStep> steps_;
  bool is_cut_short_ = false;
};

/// Brings a formula to rest: deltas contracted, constants out of sums, known sums folded, sums that vanish found,
/// common factors out. Nearly every rule used makes a formula cheaper or smaller; where two undo each other, the first
/// of the formulas between them is at rest. After the context's deadline only what contracts deltas is done, and the
/// path is marked as cut short.
void settle(Path& path, const rules::Context& context);

}  // namespace chalktape::derive

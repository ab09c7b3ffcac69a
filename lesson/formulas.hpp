// Formulas on the page: MathML whose parts know what they are on the tape, and LaTeX to copy.
#pragma once

#include <string>
#include <vector>

#include "lesson/html.hpp"
#include "lesson/matching.hpp"
#include "symbolic/present/sentence.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::lesson {

/// The parts of a formula that a step has made, and those that the next step rewrites. Nodes of its tree.
struct Changes {
  std::vector<const language::Expression*> made, next;
};

class Formulas {
 public:
  /// The matching must outlive the object.
  Formulas(const language::Layer& layer, Matching& matching) : typesetting_(layer), matching_(&matching) {}
  /// Without a tape beside them.
  Formulas(const language::Layer& layer, present::GradientNotation notation) : typesetting_(layer, notation) {}

  [[nodiscard]] const present::Typesetting& typesetting() const { return typesetting_; }
  /// A formula among words.
  [[nodiscard]] Html inline_formula(const language::Expr& e) const;
  [[nodiscard]] Html sentence(const present::Sentence& sentence) const;
  /// `left = value`, a line that may break before top-level signs. The value's parts carry what they are on the tape
  /// (data-m); changed ones are of class `made` or `next`. The value's tree must hold no node twice. `repeats`: the
  /// left side stands above already, and is kept for those who cannot see that.
  [[nodiscard]] Html equation(const language::Expr& left, const language::Expr& value, const Changes& changes = {},
                              bool repeats = false);
  /// `left = value` in LaTeX.
  [[nodiscard]] std::string latex(const language::Expr& left, const language::Expr& value) const;

 private:
  struct Part {
    bool made = false, next = false;
    std::string tokens;
  };
  using Annotations = std::map<const language::Expression*, Part>;

  void annotate(const language::Expr& e, Annotations& annotations);
  [[nodiscard]] std::string tokens_of(const language::Expr& e);

  present::Typesetting typesetting_;
  Matching* matching_ = nullptr;
};

/// `<math>…</math>` of a formula's elements.
[[nodiscard]] Html math(const std::string& elements);

}  // namespace chalktape::lesson

// How names look on a page: `xhat` is x̂, `mu` is μ, and what a `show` line says goes before both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::present {

/// How the gradient of the loss with respect to x is written: dx, ∂L/∂x or x̄.
enum class GradientNotation { d, leibniz, bar };

/// A name as it is set, and what its look does to what stands around it.
struct TypesetName {
  std::string text;
  bool has_superscript = false;  ///< a power of it needs parentheses
  bool has_subscript = false;    ///< in LaTeX, further indices need braces around it
};

/// What the printers need to know of a layer. Converts from a layer, for the gradients' usual notation.
class Typesetting {
 public:
  Typesetting() = default;
  Typesetting(const language::Layer& layer, GradientNotation gradients = GradientNotation::d)
      : shows_(layer.shows), gradients_(gradients) {}

  [[nodiscard]] GradientNotation gradients() const { return gradients_; }
  [[nodiscard]] TypesetName latex(const std::string& name) const;
  /// A `show` line is followed where its LaTeX has a form in plain Unicode.
  [[nodiscard]] TypesetName unicode(const std::string& name) const;

 private:
  std::map<std::string, std::string> shows_;
  GradientNotation gradients_ = GradientNotation::d;
};

/// The name that `dp` or `dp_total` is the gradient of.
struct GradientName {
  std::string of;
  bool is_total = false;
};
[[nodiscard]] GradientName split_gradient(const std::string& name);

/// Unicode subscripts for the indices, or `[i,d]` where a letter has none.
[[nodiscard]] std::string unicode_subscripts(const std::vector<language::Index>& indices);
/// Superscript digits of a number such as `2` or `12`; nullopt where it is not a whole number.
[[nodiscard]] std::optional<std::string> unicode_superscript(std::string_view digits);
/// `ij`, or `i,12` where an index is not one letter: what stands in `_{…}`.
[[nodiscard]] std::string latex_subscripts(const std::vector<language::Index>& indices);

}  // namespace chalktape::present

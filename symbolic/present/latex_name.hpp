// The LaTeX of a name, as a tree of MathML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chalktape::present {

/// A name taken apart: what carries the scripts, and the scripts, each as MathML elements.
struct NameMarkup {
  std::string base;
  std::string subscript{};    ///< empty: none
  std::string superscript{};  ///< empty: none
};

/// The name whose LaTeX this is: Greek and Latin letters, digits, accents, fonts, words, scripts and primes; several
/// atoms beside each other have no scripts of their own. nullopt for anything else a `show` line may hold. O(length).
[[nodiscard]] std::optional<NameMarkup> name_markup(std::string_view latex);

}  // namespace chalktape::present

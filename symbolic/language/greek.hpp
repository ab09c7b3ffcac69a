// The Greek letters that names may spell out: `mu` is μ.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace chalktape::language {

struct GreekLetter {
  std::string_view name;     ///< as it is written in the language
  std::string_view unicode;  ///< UTF-8
  std::string_view latex;
};

/// Every letter that LaTeX has a command for. `eps` stands beside `epsilon`, as in most programs.
inline constexpr std::array greek_letters = {
    GreekLetter{"alpha", "α", R"(\alpha)"},    GreekLetter{"beta", "β", R"(\beta)"},
    GreekLetter{"gamma", "γ", R"(\gamma)"},    GreekLetter{"delta", "δ", R"(\delta)"},
    GreekLetter{"eps", "ε", R"(\varepsilon)"}, GreekLetter{"epsilon", "ε", R"(\varepsilon)"},
    GreekLetter{"zeta", "ζ", R"(\zeta)"},      GreekLetter{"eta", "η", R"(\eta)"},
    GreekLetter{"theta", "θ", R"(\theta)"},    GreekLetter{"iota", "ι", R"(\iota)"},
    GreekLetter{"kappa", "κ", R"(\kappa)"},    GreekLetter{"lambda", "λ", R"(\lambda)"},
    GreekLetter{"mu", "μ", R"(\mu)"},          GreekLetter{"nu", "ν", R"(\nu)"},
    GreekLetter{"xi", "ξ", R"(\xi)"},          GreekLetter{"pi", "π", R"(\pi)"},
    GreekLetter{"rho", "ρ", R"(\rho)"},        GreekLetter{"sigma", "σ", R"(\sigma)"},
    GreekLetter{"tau", "τ", R"(\tau)"},        GreekLetter{"upsilon", "υ", R"(\upsilon)"},
    GreekLetter{"phi", "φ", R"(\varphi)"},     GreekLetter{"chi", "χ", R"(\chi)"},
    GreekLetter{"psi", "ψ", R"(\psi)"},        GreekLetter{"omega", "ω", R"(\omega)"},
    GreekLetter{"Gamma", "Γ", R"(\Gamma)"},    GreekLetter{"Delta", "Δ", R"(\Delta)"},
    GreekLetter{"Theta", "Θ", R"(\Theta)"},    GreekLetter{"Lambda", "Λ", R"(\Lambda)"},
    GreekLetter{"Xi", "Ξ", R"(\Xi)"},          GreekLetter{"Pi", "Π", R"(\Pi)"},
    GreekLetter{"Sigma", "Σ", R"(\Sigma)"},    GreekLetter{"Upsilon", "Υ", R"(\Upsilon)"},
    GreekLetter{"Phi", "Φ", R"(\Phi)"},        GreekLetter{"Psi", "Ψ", R"(\Psi)"},
    GreekLetter{"Omega", "Ω", R"(\Omega)"},
};

}  // namespace chalktape::language

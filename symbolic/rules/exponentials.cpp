// Safe forms: what stands for a quotient or logarithm of exponentials where numbers are finite in size. Derivations do
// not use them; symbolic/emit applies them to the formulas that are to be computed.
#include <array>

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {
namespace {

constexpr std::array<Rule, 5> all_exponential_rules{{
    {"shift-exponentials",
     "Σ_k exp(a_k) b_k / Σ_k exp(a_k) = Σ_k exp(a_k - m) b_k / Σ_k exp(a_k - m), "
     "log Σ_k exp(a_k) = m + log Σ_k exp(a_k - m); with m = max_k a_k no exponential overflows",
     "below the fraction bar or in the logarithm stands a combination of exponentials in the first degree, or a whole "
     "power of one",
     "a formula is put into its safe form once",
     {"e[i,j]/sum[k](e[i,k])", "exp(A[i,j] - max[k](A[i,k]))/sum[k](exp(A[i,k] - max[p](A[i,p])))", "", ""},
     {"e[i,j]/v[i]", "e[i,j]/v[i]", "", ""},
     nullptr,
     Weight::idea,
     false},
    {"name-sigmoid",
     "1/(1 + exp(-a)) = sigmoid(a), exp(a)/(1 + exp(a)) = sigmoid(a), and sigmoid is computed without overflow",
     "none",
     "one exponential fewer",
     {"1/(1 + exp(-v[i]))", "sigmoid(v[i])", "", ""},
     {"1/(2 + exp(-v[i]))", "1/(2 + exp(-v[i]))", "", ""},
     nullptr,
     Weight::idea,
     false},
    {"absorb-in-sigmoid",
     "exp(-a) sigmoid(a) = sigmoid(-a), (exp(-a) b + c) sigmoid(a) = b sigmoid(-a) + c sigmoid(a): in floating point "
     "the left sides are inf times 0 where a is far below 0",
     "none",
     "one exponential fewer",
     {"(v[i]*exp(-v[i]) + 1)*sigmoid(v[i])", "v[i]*sigmoid(-v[i]) + sigmoid(v[i])", "", ""},
     {"(v[i]*exp(v[i]) + 1)*sigmoid(v[i])", "(v[i]*exp(v[i]) + 1)*sigmoid(v[i])", "", ""},
     nullptr,
     Weight::idea,
     false},
    {"cancel-divisor",
     "f (a + b/f) = f a + b: where f comes to 0, the left side is 0 times infinity in floating point",
     "f is a name",
     "one division fewer",
     {"e[i,j]*(v[i] + 2/e[i,j])", "e[i,j]*v[i] + 2", "", ""},
     {"e[i,j]*(v[i] + 2/v[i])", "e[i,j]*(v[i] + 2/v[i])", "", ""},
     nullptr,
     Weight::idea,
     false},
    {"name-softplus",
     "log(1 + exp(a)) = softplus(a), log(sigmoid(a)) = -softplus(-a), log(1 - sigmoid(a)) = -softplus(a), "
     "and softplus is computed without overflow",
     "none",
     "one logarithm fewer",
     {"log(1 + exp(v[i]))", "softplus(v[i])", "", ""},
     {"log(2 + exp(v[i]))", "log(2 + exp(v[i]))", "", ""},
     nullptr,
     Weight::idea,
     false},
}};

}  // namespace

std::span<const Rule> exponential_rules() { return all_exponential_rules; }

}  // namespace chalktape::rules

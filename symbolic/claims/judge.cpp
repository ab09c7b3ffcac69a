#include "symbolic/claims/judge.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/core.h>

#include "symbolic/check/code.hpp"

namespace chalktape::claims {

using check::Digits;
using language::Expr;
using language::Index;
using language::Kind;

namespace {

constexpr std::uint64_t seed = 0x636c61696d;  // "claim"
/// A third of what a derivation's proofs are given: a file has many claims.
constexpr std::uint64_t proof_work = check::default_proof_work / 3;

Algebra algebra_of(const Expr& e) {
  Algebra algebra = Algebra::rational;
  if (e->kind == Kind::call && e->name != "stop")
    algebra = e->name == "sqrt" ? Algebra::square_roots : Algebra::functions;
  if (e->kind == Kind::reduce && (e->name == "max" || e->name == "min")) algebra = Algebra::functions;
  if (e->kind == Kind::power) {
    const auto exponent = check::constant_value(e->operands[1]);
    const bool is_root = exponent && (*exponent * GiNaC::numeric(2)).is_integer();
    if (!exponent || !exponent->is_integer()) algebra = is_root ? Algebra::square_roots : Algebra::functions;
  }
  for (const Expr& operand : e->operands) algebra = std::max(algebra, algebra_of(operand));
  return algebra;
}

/// How small numbers in it are, as exponents of ten added up.
int tiniest(const Expr& e) {
  int exponents = 0;
  if (e->kind == Kind::number) {
    const std::size_t at = e->name.find_first_of("eE");
    if (at != std::string::npos) exponents = std::abs(std::stoi(e->name.substr(at + 1)));
  }
  for (const Expr& operand : e->operands) exponents += tiniest(operand);
  return exponents;
}

/// Whether the formulas are the same at larger sizes, too, and each size was at least as large at some point.
bool is_larger(const derive::Proof& proof, const check::SizeMap& numbers, const check::SizeMap& residues) {
  const auto largest = [](const check::SizeMap& sizes, const std::string& name) {
    const auto found = sizes.find(name);
    return found == sizes.end() ? 0 : found->second;
  };
  const auto exceeds = [&](const auto& size, std::int64_t by) {
    return std::max(largest(numbers, size.first), largest(residues, size.first)) >= size.second + by;
  };
  const auto& sizes = proof.sizes;
  return std::all_of(sizes.begin(), sizes.end(), [&](const auto& size) { return exceeds(size, 0); }) &&
         (sizes.empty() || std::any_of(sizes.begin(), sizes.end(), [&](const auto& size) { return exceeds(size, 1); }));
}

std::string sizes_of(const derive::Proof& proof) {
  return proof.sizes.empty() ? "some point" : check::described({proof.sizes.begin(), proof.sizes.end()});
}

}  // namespace

Algebra algebra_of(const Scope& scope, const Expr& e) {
  Algebra algebra = algebra_of(e);
  for (const auto& definition : scope.layer.definitions) algebra = std::max(algebra, algebra_of(definition.value));
  for (const auto& definition : scope.own) algebra = std::max(algebra, algebra_of(definition.value));
  return algebra;
}

Judge::Judge(const Scope& scope)
    : scope_(scope),
      equality_(scope.layer, scope.own,
                {.seed = seed,
                 .least_sizes = scope.least_sizes,
                 .operations = 2e4,
                 .residues = 2e4,
                 .larger = 4,
                 .claims = true}),
      prover_(scope.layer, scope.own, proof_work) {}

Judgement Judge::judge(const std::vector<Index>& indices, const Expr& left, const Expr& right, std::size_t further) {
  return decide(indices, left, right, true, further);
}

Judgement Judge::compare(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  return decide(indices, left, right, false, 0);
}

void Judge::decide_by_digits(const std::vector<Index>& indices, const Expr& left, const Expr& right,
                             Judgement& judgement) {
  // Numbers such as 1e-400 may hide behind others by as many digits.
  const int digits = tiniest(left) + tiniest(right) > 250 ? Digits::most_carried : Digits::decisive;
  const check::Numbers precise = equality_.compare_numbers(indices, left, right, digits);
  if (precise.differ) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = "the sides differ " + precise.where;
  } else if (precise.points == 0) {
    judgement.reason = precise.too_large.empty() ? precise.undefined : precise.too_large;
  } else if (const auto unseen = equality_.unseen(left, right, precise.same_at); !unseen.empty()) {
    judgement.reason = unseen.front();
  } else if (precise.all_zero) {
    judgement.reason = "both sides were 0 at every point drawn, and there is no proof";
  } else {
    judgement.verdict = Verdict::holds;
  }
}

Judgement Judge::decide(const std::vector<Index>& indices, const Expr& left, const Expr& right, bool wants_proof,
                        std::size_t further) {
  Judgement judgement;
  if (numeric_points().empty()) {
    judgement.reason = fmt::format("the layer cannot be evaluated at random points: {}", equality_.obstacle());
    return judgement;
  }
  const check::Numbers numbers = equality_.compare_numbers(indices, left, right);
  judgement.checked = {.modular = 0,
                       .digits = Digits::claimed,
                       .points = numbers.points,
                       .worst = numbers.worst,
                       .ill_conditioned = numbers.ill_conditioned};
  if (numbers.differ) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = "the sides differ " + numbers.where;
    return judgement;
  }
  if (!numbers.undefined.empty()) {
    judgement.reason = numbers.points == 0
                           ? fmt::format("at no point drawn do both sides have a value: {}", numbers.undefined)
                           : fmt::format(
                                 "the sides agree where both have a value, but one of them has none at some "
                                 "inputs: {}",
                                 numbers.undefined);
    return judgement;
  }
  if (numbers.points == 0) {
    judgement.reason = numbers.too_large;
    return judgement;
  }
  const check::Residues residues = equality_.compare_residues(indices, left, right);
  judgement.checked.modular = residues.same;
  const bool identity = residues.same > 0;
  check::ProofVerdict proof;
  if (!identity || wants_proof) proof = prover_.prove(left, indices, right, further);
  judgement.proof = proof.proof;
  // A proof at N = 3 is one for N = 3.
  if (proof.proof.proved && !is_larger(proof.proof, numbers.largest, residues.largest)) {
    judgement.proof.proved = false;
    judgement.proof.reason = "it was not tested at larger sizes";
  }
  const bool is_rational = std::max(algebra_of(scope_, left), algebra_of(scope_, right)) == Algebra::rational;
  // A proof knows of no order that is assumed, b > a of constants; points obey it.
  if (proof.refuted && scope_.layer.assumptions.empty()) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = fmt::format("the sides differ at {}, as entry {} shows", sizes_of(proof.proof), proof.where);
  } else if (identity || judgement.proof.proved) {
    judgement.verdict = Verdict::holds;
  } else if (residues.differ && is_rational) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = fmt::format("the sides differ {}, by less than 50 digits show", residues.where);
  } else {
    decide_by_digits(indices, left, right, judgement);
  }
  if (judgement.verdict == Verdict::holds) judgement.but_for = equality_.exceptions(indices, left, right);
  return judgement;
}

}  // namespace chalktape::claims

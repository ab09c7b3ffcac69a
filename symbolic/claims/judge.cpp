#include "symbolic/claims/judge.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/check/code.hpp"
#include "symbolic/check/proof_sizes.hpp"

namespace chalktape::claims {

using check::Digits;
using check::ModularPoint;
using check::NumericPoint;
using language::Expr;
using language::Index;
using language::Kind;

namespace {

/// What is the same to so many of 600 digits at every point is the same.
constexpr int decisive_digits = 600;
constexpr double decisive_tolerance = 1e-300;  // a double's exponents end before 1e-500
constexpr std::uint64_t seed = 0x636c61696d;   // "claim"
/// Operations on numbers that a formula may take at one point: some tenths of a second.
constexpr double most_digit_operations = 3e5, most_modular_operations = 2e6;
/// A third of what a derivation's proofs are given: a file has many claims.
constexpr std::uint64_t proof_work = check::default_proof_work / 3;

double operations(const std::vector<Index>& indices, const Expr& left, const Expr& right, const check::SizeMap& sizes) {
  return check::scalar_operations(indices, left, sizes) + check::scalar_operations(indices, right, sizes);
}

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

}  // namespace

Algebra algebra_of(const Scope& scope, const Expr& e) {
  Algebra algebra = algebra_of(e);
  for (const auto& definition : scope.layer.definitions) algebra = std::max(algebra, algebra_of(definition.value));
  for (const auto& definition : scope.own) algebra = std::max(algebra, algebra_of(definition.value));
  return algebra;
}

struct Judge::Numbers {
  bool differ = false;
  int points = 0;           ///< at which they are the same
  std::string undefined{};  ///< why one of them has no value at some point
  std::string too_large{};  ///< why nothing can be said at some point
  double worst = 0;
  bool ill_conditioned = false;
  std::string where{};
};

struct Judge::Residues {
  int same = 0;
  bool differ = false;
};

Judge::Judge(const Scope& scope)
    : scope_(scope), prover_(std::make_unique<check::Prover>(scope.layer, scope.own, proof_work)) {}

void Judge::draw_points() {
  if (is_drawn_) return;
  is_drawn_ = true;
  engine::Random random(seed);
  numeric_ = check::draw_numeric_points(scope_.layer, scope_.own, random, obstacle_, scope_.least_sizes);
  if (numeric_.empty()) return;
  obstacle_.clear();
  modular_ = check::draw_modular_points(scope_.layer, scope_.own, random, scope_.least_sizes);
}

const std::vector<std::unique_ptr<ModularPoint>>& Judge::modular_points() {
  draw_points();
  return modular_;
}

const std::vector<std::unique_ptr<NumericPoint>>& Judge::numeric_points() {
  draw_points();
  return numeric_;
}

const std::string& Judge::obstacle() {
  draw_points();
  return obstacle_;
}

Judge::Numbers Judge::compare_at(NumericPoint& at, const std::vector<Index>& indices, const Expr& left,
                                 const Expr& right) {
  Numbers numbers;
  if (operations(indices, left, right, at.sizes) > most_digit_operations) {
    numbers.too_large = "it takes too many operations to evaluate";
    return numbers;
  }
  try {
    double error = check::worst_error(at, indices, left, right);
    for (const int digits : check::more_digits) {
      if (error <= check::digits_tolerance || (digits == Digits::most_carried && at.field.has_exceeded())) break;
      // A difference that is plain to see is no rounding.
      if (error > 1e-12 && !at.ill_conditioned) break;
      error = check::worst_error(check::with_digits(at, scope_.layer, scope_.own, digits), indices, left, right);
    }
    if (error <= check::digits_tolerance) {
      numbers.points = 1;
      numbers.worst = error;
      numbers.ill_conditioned = at.ill_conditioned;
    } else if (at.field.has_exceeded()) {
      numbers.too_large = "at no point drawn are its numbers small enough to compare";
    } else {
      numbers.differ = true;
      numbers.where = check::described(at.sizes);
    }
  } catch (const check::Redraw& reason) {
    numbers.undefined = reason.what();
  } catch (const check::NotApplicable& reason) {
    numbers.too_large = reason.what();
  } catch (const cln::runtime_exception&) {
    numbers.too_large = "its numbers are too large";
  }
  return numbers;
}

Judge::Numbers Judge::compare_numbers(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  Numbers all;
  const auto add = [&](const Numbers& one) {
    all.differ = all.differ || one.differ;
    all.points += one.points;
    all.worst = std::max(all.worst, one.worst);
    all.ill_conditioned = all.ill_conditioned || one.ill_conditioned;
    if (!one.undefined.empty()) all.undefined = one.undefined;
    if (!one.too_large.empty()) all.too_large = one.too_large;
    if (all.where.empty()) all.where = one.where;
  };
  for (const auto& at : numeric_) {
    add(compare_at(*at, indices, left, right));
    if (all.differ) return all;
  }
  // Where one side has no value (the root of what may be negative), others are looked for at which both have.
  engine::Random random(seed + 1);
  for (int draws = 0; draws < 16 && !all.undefined.empty() && all.points == 0; ++draws) {
    std::string ignored;
    const auto at = check::draw_numeric(scope_.layer, scope_.own, random, false, ignored, {}, scope_.least_sizes);
    if (at) add(compare_at(*at, indices, left, right));
    if (all.differ) break;
  }
  return all;
}

Judge::Residues Judge::compare_residues(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  Residues residues;
  try {
    for (const auto& at : modular_) {
      if (operations(indices, left, right, at->sizes) > most_modular_operations) continue;
      try {
        const auto& truth = at->truth(indices, left);
        const auto found = at->point->evaluate(indices, right);
        for (std::size_t i = 0; i < truth.entries.size(); ++i)
          residues.differ = residues.differ || truth.entries[i].value != found.entries[i].value;
        if (residues.differ) break;
        ++residues.same;
      } catch (const check::Redraw&) {  // √(ab) may have a root here where √a and √b have none
      }
    }
  } catch (const check::NotApplicable&) {
    return {};
  }
  if (residues.differ) residues.same = 0;
  return residues;
}

Verdict Judge::judge_by_more_digits(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  int points = 0;
  for (const auto& at : numeric_) {
    try {
      if (at->field.has_exceeded()) continue;
      NumericPoint& precise = check::with_digits(*at, scope_.layer, scope_.own, decisive_digits);
      const double error = check::worst_error(precise, indices, left, right);
      if (precise.field.has_exceeded()) continue;
      if (error > decisive_tolerance) return Verdict::refuted;
      ++points;
    } catch (const check::Redraw&) {  // these points say nothing
    } catch (const cln::runtime_exception&) {
    }
  }
  return points > 0 ? Verdict::holds : Verdict::undecided;
}

Judgement Judge::judge(const std::vector<Index>& indices, const Expr& left, const Expr& right, std::size_t further) {
  return decide(indices, left, right, true, further);
}

Judgement Judge::compare(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  return decide(indices, left, right, false, 0);
}

Judgement Judge::decide(const std::vector<Index>& indices, const Expr& left, const Expr& right, bool wants_proof,
                        std::size_t further) {
  draw_points();
  Judgement judgement;
  if (numeric_.empty()) {
    judgement.reason = fmt::format("the layer cannot be evaluated at random points: {}", obstacle_);
    return judgement;
  }
  const Numbers numbers = compare_numbers(indices, left, right);
  judgement.checked = {.modular = 0,
                       .digits = Digits::claimed,
                       .points = numbers.points,
                       .worst = numbers.worst,
                       .ill_conditioned = numbers.ill_conditioned};
  if (numbers.differ) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = fmt::format("the sides differ at {}", numbers.where);
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
  const Residues residues = compare_residues(indices, left, right);
  judgement.checked.modular = residues.same;
  const bool identity = residues.same > 0;
  check::ProofVerdict proof;
  if (!identity || wants_proof) proof = prover_->prove(left, indices, right, further);
  judgement.proof = proof.proof;
  if (proof.refuted) {
    judgement.verdict = Verdict::refuted;
    judgement.reason =
        fmt::format("the sides differ where numbers tie or lie on a kink, as entry {} shows", proof.where);
  } else if (identity || proof.proof.proved) {
    judgement.verdict = Verdict::holds;
  } else if (residues.differ && std::max(algebra_of(scope_, left), algebra_of(scope_, right)) == Algebra::rational) {
    judgement.verdict = Verdict::refuted;
    judgement.reason = "the sides differ in F_p, by less than 50 digits show";
  } else {
    judgement.verdict = judge_by_more_digits(indices, left, right);
    if (judgement.verdict == Verdict::refuted) judgement.reason = "the sides differ, by less than 50 digits show";
    if (judgement.verdict == Verdict::undecided)
      judgement.reason =
          "the sides agree as far as 50 digits can tell, which is not far where exponentials are so large";
  }
  return judgement;
}

}  // namespace chalktape::claims

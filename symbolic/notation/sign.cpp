// Signs that are provable without solving anything.
#include <algorithm>

#include "engine/ops/functions.hpp"
#include "symbolic/notation/algebra.hpp"

namespace chalktape::notation {

using GiNaC::ex_to;
using GiNaC::numeric;

namespace {

Sign sign_of_product(const ex& e) {
  Sign sign = Sign::positive;
  bool negative_number = false;
  for (const ex& factor : e) {
    if (is<numeric>(factor)) {
      negative_number = ex_to<numeric>(factor).is_negative();
      continue;
    }
    const Sign s = sign_of(factor);
    if (s == Sign::unknown) return Sign::unknown;
    if (s == Sign::nonnegative) sign = Sign::nonnegative;
  }
  return negative_number ? Sign::unknown : sign;
}

Sign sign_of_sum_of(const ex& e) {
  Sign sign = Sign::nonnegative;
  for (const ex& term : e) {
    const Sign s = sign_of(term);
    if (s == Sign::unknown) return Sign::unknown;
    if (s == Sign::positive) sign = Sign::positive;
  }
  return sign;
}

Sign sign_of_power(const ex& base, const ex& exponent) {
  const Sign s = sign_of(base);
  if (s == Sign::positive) return Sign::positive;
  if (!is<numeric>(exponent)) return Sign::unknown;
  const auto& n = ex_to<numeric>(exponent);
  if (n.is_even()) return n.is_negative() || nonzero(base) ? Sign::positive : Sign::nonnegative;
  // Where it exists: at 0 a negative exponent gives no value, so what it gives is never 0.
  if (s == Sign::nonnegative) return n.is_negative() ? Sign::positive : Sign::nonnegative;
  return Sign::unknown;
}

engine::ValueSign value_sign(const std::string& function) {
  const engine::Function* const known = engine::find_unary_function(function);
  return known == nullptr ? engine::ValueSign::unknown : known->value_sign;
}

Sign sign_of_call(const Call& c) {
  const std::string& f = c.function();
  if (c.arguments().size() == 1) {
    switch (value_sign(f)) {
      case engine::ValueSign::positive:
        return Sign::positive;
      case engine::ValueSign::nonnegative:
        return Sign::nonnegative;
      case engine::ValueSign::of_operand:
        return sign_of(c.arguments()[0]);
      case engine::ValueSign::unknown:
        return Sign::unknown;
    }
  }
  if (f == "max") return std::max(sign_of(c.arguments()[0]), sign_of(c.arguments()[1]));
  if (f == "min") return std::min(sign_of(c.arguments()[0]), sign_of(c.arguments()[1]));
  return Sign::unknown;
}

/// Of something positive: whether it is a square in F_p, where sums of squares need not be.
bool is_square(const ex& e) {
  if (is<Access>(e)) return e.info(GiNaC::info_flags::positive);
  if (is<Call>(e)) return value_sign(ex_to<Call>(e).function()) == engine::ValueSign::positive;
  if (is<GiNaC::mul>(e)) return std::all_of(e.begin(), e.end(), is_square);
  if (is<GiNaC::power>(e)) return is_square(e.op(0)) || !e.op(1).info(GiNaC::info_flags::integer);
  return is<numeric>(e) && ex_to<numeric>(e).is_positive();
}

}  // namespace

Sign sign_of(const ex& e) {
  if (is<numeric>(e)) {
    const auto& n = ex_to<numeric>(e);
    return n.is_positive() ? Sign::positive : n.is_zero() ? Sign::nonnegative : Sign::unknown;
  }
  if (is<Access>(e)) return std::min(ex_to<Access>(e).sign(), Sign::positive);
  if (is<Delta>(e)) return Sign::nonnegative;
  if (is<Reduce>(e)) return sign_of(ex_to<Reduce>(e).raw_body());  // sizes are at least 1
  if (is_attained(e)) return Sign::nonnegative;
  if (is<Call>(e)) return sign_of_call(ex_to<Call>(e));
  if (is<GiNaC::mul>(e)) return sign_of_product(e);
  if (is<GiNaC::add>(e)) return sign_of_sum_of(e);
  if (is<GiNaC::power>(e)) return sign_of_power(e.op(0), e.op(1));
  return Sign::unknown;
}

Sign sign_of_definition(const ex& value) {
  const Sign sign = sign_of(value);
  return sign == Sign::positive && is_square(value) ? Sign::square : sign;
}

bool nonzero(const ex& e) {
  if (is<numeric>(e)) return !e.is_zero();
  if (is<GiNaC::mul>(e)) return std::all_of(e.begin(), e.end(), nonzero);
  if (is<GiNaC::power>(e)) {  // one below the line is not 0 where it exists
    return (is<numeric>(e.op(1)) && ex_to<numeric>(e.op(1)).is_negative()) || nonzero(e.op(0));
  }
  if (sign_of(e) == Sign::positive) return true;
  return is<GiNaC::add>(e) && sign_of(-e) == Sign::positive;
}

}  // namespace chalktape::notation

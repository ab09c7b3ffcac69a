#include "symbolic/rules/hazards.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using notation::Access;
using notation::Call;
using notation::is;
using notation::Reduce;
using notation::Sign;

namespace {

/// Functions whose values are of modest size whatever their argument.
constexpr std::array<std::string_view, 7> tame{"log", "sigmoid", "tanh", "erf", "step", "sin", "cos"};

bool is_below(const ex& factor) { return is<GiNaC::power>(factor) && notation::is_negative(factor.op(1)); }

class Nature {
 public:
  explicit Nature(const Context& context)
      : context_(context), of_names_(context.memo ? context.memo->natures() : own_) {}

  /// Whether e may overflow where the tensors' entries are of modest size.
  bool grows(const ex& e) {
    if (is<Access>(e)) return of(ex_to<Access>(e)).grows;
    if (is<Reduce>(e)) return grows(ex_to<Reduce>(e).raw_body());
    if (is<Call>(e)) {
      const auto& call = ex_to<Call>(e);
      if (call.function() == "exp") return notation::sign_of(-call.arguments()[0]) == Sign::unknown;
      const bool is_tame = std::find(tame.begin(), tame.end(), call.function()) != tame.end();
      return !is_tame && any_grows(call.arguments());
    }
    if (is<GiNaC::add>(e)) return any_grows(notation::operands(e));
    if (is<GiNaC::mul>(e)) {
      bool above = false, below = false;  // one may make up for the other: softmax
      for (const ex& factor : e) (is_below(factor) ? below : above) |= grows(is_below(factor) ? factor.op(0) : factor);
      return above && !below;
    }
    if (!is<GiNaC::power>(e) || is_below(e)) return false;
    return grows(e.op(0)) || !notation::free_indices(e.op(1)).empty();
  }

  /// Whether something in e does, down to the tensors.
  bool has_growth(const ex& e) {
    if (is<Access>(e)) return of(ex_to<Access>(e)).has_growth;
    if (grows(e)) return true;
    const exvector& parts = notation::operands(e);
    return std::any_of(parts.begin(), parts.end(), [this](const ex& part) { return has_growth(part); });
  }

  bool stays_away_from_zero(const ex& e, bool is_term = false) {
    if (is<GiNaC::numeric>(e)) return !e.is_zero();
    if (is<Access>(e)) {
      const auto& a = ex_to<Access>(e);
      if (a.role() == language::Role::size || a.role() == language::Role::pi) return true;
      // eps keeps var + eps from 0; as a factor a constant may be one that switches something off.
      if (a.role() == language::Role::constant) return is_term && notation::sign_of(e) == Sign::positive;
      return of(a).stays_away_from_zero;
    }
    if (is<GiNaC::mul>(e))
      return std::all_of(e.begin(), e.end(), [&](const ex& factor) { return stays_away_from_zero(factor, is_term); });
    if (is<GiNaC::power>(e)) return is_below(e) || stays_away_from_zero(e.op(0));
    if (!is<GiNaC::add>(e)) return false;
    bool positive = false;
    for (const ex& term : e) {
      const Sign sign = notation::sign_of(term);
      if (sign == Sign::unknown) return false;
      positive = positive || (sign != Sign::nonnegative && stays_away_from_zero(term, /*is_term=*/true));
    }
    return positive;
  }

 private:
  bool any_grows(const exvector& parts) {
    return std::any_of(parts.begin(), parts.end(), [this](const ex& part) { return grows(part); });
  }

  /// Of the formula behind a forward name or one that the derivation introduced.
  NatureOfName of(const Access& a) {
    if (const auto found = of_names_.find(a.name()); found != of_names_.end()) return found->second;
    const Known* known = context_.find(a.name());
    NatureOfName nature;
    if (known != nullptr && known->kind != Known::Kind::gradient) {
      const ex& value = known->formula.value;
      nature = {grows(value), has_growth(value), stays_away_from_zero(value)};
    }
    return of_names_.emplace(a.name(), nature).first->second;
  }

  const Context& context_;
  std::map<std::string, NatureOfName> own_;
  std::map<std::string, NatureOfName>& of_names_;
};

/// Whether a divisor is a function's value, by itself or by name, or 1/(1 + exp(x)): a gate, which is never 0 and yet
/// may come to it.
bool is_value_of_function(const ex& divisor, const Context& context) {
  if (is<Call>(divisor)) return true;
  if (is_below(divisor) && Nature(context).has_growth(divisor.op(0))) return true;
  if (is<GiNaC::mul>(divisor) || is<GiNaC::power>(divisor))
    return std::any_of(divisor.begin(), divisor.end(),
                       [&](const ex& part) { return is_value_of_function(part, context); });
  if (!is<Access>(divisor)) return false;
  const Known* known = context.find(ex_to<Access>(divisor).name());
  return known != nullptr && known->kind == Known::Kind::forward && is_value_of_function(known->formula.value, context);
}

void gather_functions_below(const ex& e, const Context& context, std::set<std::string>& found) {
  if (is_below(e) && is_value_of_function(e.op(0), context)) found.insert(notation::key(e.op(0)));
  // A gate below, written out: (1 + exp(-x))*u for u/g.
  if (is<GiNaC::mul>(e)) {
    for (const ex& factor : e) {
      if (is<GiNaC::add>(factor) && Nature(context).grows(factor)) found.insert(notation::key(factor));
    }
  }
  for (const ex& operand : notation::operands(e)) gather_functions_below(operand, context, found);
}

struct Hazards {
  std::set<std::string> divisors, factors, names;
};

/// What grows in a factor: of a sum its terms, of a product its factors, so that exp(x)*(a + b) and exp(x)*a + exp(x)*b
/// count the same.
void gather_growth(const ex& factor, Nature& nature, std::set<std::string>& found) {
  if (!nature.grows(factor)) return;
  if (!is<GiNaC::add>(factor) && !is<GiNaC::mul>(factor)) {
    found.insert(notation::key(factor));
    return;
  }
  for (const ex& part : factor) {
    if (!is_below(part)) gather_growth(part, nature, found);
  }
}

void gather_hazards(const ex& e, const Context& context, Nature& nature, Hazards& found) {
  if (is<Access>(e)) {
    const Known* known = context.find(ex_to<Access>(e).name());
    if (known == nullptr || known->kind != Known::Kind::gradient || known->free) return;
    if (found.names.insert(known->formula.name).second) gather_hazards(known->formula.value, context, nature, found);
    return;
  }
  if (is_below(e)) {
    const ex& divisor = e.op(0);
    if (!nature.stays_away_from_zero(divisor) || nature.has_growth(divisor))
      found.divisors.insert(notation::key(divisor));
  }
  if (is<GiNaC::mul>(e)) {
    for (const ex& factor : e)
      if (!is_below(factor)) gather_growth(factor, nature, found.factors);
  }
  for (const ex& operand : notation::operands(e)) gather_hazards(operand, context, nature, found);
}

}  // namespace

bool divides_safely(const ex& e, const Context& context) {
  Nature nature(context);
  return nature.stays_away_from_zero(e) && !nature.has_growth(e);
}

int functions_below(const ex& e, const Context& context) {
  std::set<std::string> found;
  gather_functions_below(e, context, found);
  return static_cast<int>(found.size());
}

int count_hazards(const ex& e, const Context& context) {
  Nature nature(context);
  Hazards found;
  gather_hazards(e, context, nature, found);
  return static_cast<int>(found.divisors.size() + found.factors.size());
}

}  // namespace chalktape::rules

#include "symbolic/notation/algebra.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/ops/functions.hpp"

namespace chalktape::notation {

using GiNaC::basic;
using GiNaC::ex_to;
using GiNaC::is_a;
using GiNaC::print_context;

// The macro is how GiNaC's manual has a class enter its registry.
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(IndexVariable, GiNaC::basic, print_func<print_context>(&IndexVariable::do_print))
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(Access, GiNaC::basic, print_func<print_context>(&Access::do_print))
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(Delta, GiNaC::basic, print_func<print_context>(&Delta::do_print))
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(Call, GiNaC::basic, print_func<print_context>(&Call::do_print))
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(Reduce, GiNaC::basic, print_func<print_context>(&Reduce::do_print))
GINAC_IMPLEMENT_REGISTERED_CLASS_OPT(Partial, GiNaC::basic, print_func<print_context>(&Partial::do_print))

namespace {

unsigned hash_of(const std::string& text) {  // FNV-1a: the same on every run, unlike a hash of an address
  unsigned h = 2166136261U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  return h;
}

unsigned mix(unsigned seed, unsigned value) { return ((seed << 7U) | (seed >> 25U)) ^ (value * 0x85ebca6bU); }

unsigned mix(unsigned seed, const exvector& operands) {
  for (const ex& e : operands) seed = mix(seed, e.gethash());
  return seed;
}

int order(const std::string& a, const std::string& b) {
  const int c = a.compare(b);
  return (c > 0) - (c < 0);
}

int order(int a, int b) { return (a > b) - (a < b); }

int order(const exvector& a, const exvector& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (const int c = a[i].compare(b[i]); c != 0) return c;
  }
  return 0;
}

int order(const std::vector<std::string>& a, const std::vector<std::string>& b) { return (a > b) - (a < b); }

}  // namespace

IndexVariable::IndexVariable() = default;
Access::Access() = default;
Delta::Delta() = default;
Call::Call() = default;
Reduce::Reduce() = default;
Partial::Partial() = default;

IndexVariable::IndexVariable(std::string name, std::string range, int level)
    : name_(std::move(name)), range_(std::move(range)), level_(level) {}
Access::Access(std::string name, exvector indices, language::Role role, Sign sign)
    : name_(std::move(name)), indices_(std::move(indices)), role_(role), sign_(sign) {}
Delta::Delta(ex a, ex b) : a_(std::move(a)), b_(std::move(b)) {}
Call::Call(std::string function, exvector arguments)
    : function_(std::move(function)), arguments_(std::move(arguments)) {}
Reduce::Reduce(Reduction reduction, std::vector<std::string> ranges, int first_level, ex body)
    : reduction_(reduction), ranges_(std::move(ranges)), first_level_(first_level), body_(std::move(body)) {}
Partial::Partial(ex of, ex with_respect_to, std::vector<std::string> held)
    : of_(std::move(of)), with_respect_to_(std::move(with_respect_to)), held_(std::move(held)) {}

ex& Access::let_op(size_t i) {
  ensure_if_modifiable();
  return indices_.at(i);
}
ex& Delta::let_op(size_t i) {
  ensure_if_modifiable();
  return i == 0 ? a_ : b_;
}
ex& Call::let_op(size_t i) {
  ensure_if_modifiable();
  return arguments_.at(i);
}
ex& Reduce::let_op(size_t /*i*/) {
  ensure_if_modifiable();
  return body_;
}
ex& Partial::let_op(size_t i) {
  ensure_if_modifiable();
  return i == 0 ? of_ : with_respect_to_;
}

int IndexVariable::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const IndexVariable&>(other);
  if (const int c = order(level_, o.level_); c != 0) return c;
  if (const int c = order(name_, o.name_); c != 0) return c;
  return order(range_, o.range_);
}
int Access::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const Access&>(other);
  if (const int c = order(name_, o.name_); c != 0) return c;
  // The a of a function's stated derivative is not the constant a of the layer: what is remembered of one must not be
  // taken for the other.
  if (const int c = order(static_cast<int>(role_), static_cast<int>(o.role_)); c != 0) return c;
  if (const int c = order(static_cast<int>(sign_), static_cast<int>(o.sign_)); c != 0) return c;
  return order(indices_, o.indices_);
}
int Delta::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const Delta&>(other);
  if (const int c = a_.compare(o.a_); c != 0) return c;
  return b_.compare(o.b_);
}
int Call::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const Call&>(other);
  if (const int c = order(function_, o.function_); c != 0) return c;
  return order(arguments_, o.arguments_);
}
int Reduce::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const Reduce&>(other);
  if (const int c = order(static_cast<int>(reduction_), static_cast<int>(o.reduction_)); c != 0) return c;
  if (const int c = order(first_level_, o.first_level_); c != 0) return c;
  if (const int c = order(ranges_, o.ranges_); c != 0) return c;
  return body_.compare(o.body_);
}
int Partial::compare_same_type(const basic& other) const {
  const auto& o = static_cast<const Partial&>(other);
  if (const int c = of_.compare(o.of_); c != 0) return c;
  if (const int c = with_respect_to_.compare(o.with_respect_to_); c != 0) return c;
  return order(held_, o.held_);
}

unsigned Notation::remember_hash(unsigned hash) const {
  if ((flags & GiNaC::status_flags::evaluated) != 0U) {
    setflag(GiNaC::status_flags::hash_calculated);
    hashvalue = hash;
  }
  return hash;
}

unsigned IndexVariable::calchash() const {
  return remember_hash(mix(mix(hash_of(name_), hash_of(range_)), static_cast<unsigned>(level_) + 1U));
}
unsigned Access::calchash() const { return remember_hash(mix(hash_of(name_), indices_)); }
unsigned Delta::calchash() const { return remember_hash(mix(mix(0x64656c74U, a_.gethash()), b_.gethash())); }
unsigned Call::calchash() const { return remember_hash(mix(mix(hash_of(function_), 0x63616c6cU), arguments_)); }
unsigned Reduce::calchash() const {
  unsigned h = mix(0x72656475U + static_cast<unsigned>(reduction_), static_cast<unsigned>(first_level_));
  for (const std::string& range : ranges_) h = mix(h, hash_of(range));
  h = mix(h, body_.gethash());
  return remember_hash(h);
}
unsigned Partial::calchash() const {
  unsigned h = mix(mix(0x70617274U, of_.gethash()), with_respect_to_.gethash());
  for (const std::string& name : held_) h = mix(h, hash_of(name));
  return remember_hash(h);
}

// For debugging only: what people read is printed from the presentation tree.
void IndexVariable::do_print(const print_context& c, unsigned /*level*/) const {
  level_ > 0 ? c.s << '#' << level_ : c.s << name_;
}
void Access::do_print(const print_context& c, unsigned /*level*/) const { c.s << key(*this); }
void Delta::do_print(const print_context& c, unsigned /*level*/) const { c.s << key(*this); }
void Call::do_print(const print_context& c, unsigned /*level*/) const { c.s << key(*this); }
void Reduce::do_print(const print_context& c, unsigned /*level*/) const { c.s << key(*this); }
void Partial::do_print(const print_context& c, unsigned /*level*/) const { c.s << key(*this); }

bool Access::info(unsigned inf) const {
  // GiNaC takes √(h²) for h then. In F_p that needs h to be a square, as tensors that are positive are drawn; a
  // definition's value need not be one.
  const bool chosen = role_ != language::Role::definition || sign_ == Sign::square;
  if (inf == GiNaC::info_flags::positive) return chosen && sign_ >= Sign::positive;
  if (inf == GiNaC::info_flags::nonnegative) return chosen && sign_ != Sign::unknown;
  return Notation::info(inf);
}

ex Delta::eval() const {
  if ((flags & GiNaC::status_flags::evaluated) != 0U) return *this;
  if (a_.is_equal(b_)) return 1;
  if (key_less(b_, a_)) return GiNaC::dynallocate<Delta>(b_, a_);
  return this->hold();
}

ex Call::eval() const {
  if ((flags & GiNaC::status_flags::evaluated) != 0U) return *this;
  if (arguments_.size() == 1 && arguments_.front().is_zero()) {
    if (const auto value = value_at_zero(function_)) return *value;
  }
  return this->hold();
}

std::optional<GiNaC::numeric> value_at_zero(const std::string& function) {
  const engine::Function* const known = engine::find_unary_function(function);
  if (known == nullptr || known->at_zero.empty()) return std::nullopt;
  return GiNaC::numeric(std::string(known->at_zero).c_str());
}

ex Reduce::map(GiNaC::map_function& f) const {
  const Opened opened = open(*this);
  return reduce(reduction_, f(opened.body), opened.indices);
}

ex Reduce::subs(const GiNaC::exmap& m, unsigned options) const {
  if (const auto found = m.find(*this); found != m.end()) return found->second;
  const Opened opened = open(*this);
  return reduce(reduction_, opened.body.subs(m, options), opened.indices);
}

ex index(const std::string& name, const std::string& range) { return GiNaC::dynallocate<IndexVariable>(name, range); }

ex access(const std::string& name, exvector indices, language::Role role, Sign sign) {
  return GiNaC::dynallocate<Access>(name, std::move(indices), role, sign);
}

ex size(const std::string& name) { return access(name, {}, language::Role::size, Sign::positive); }

ex delta(const ex& a, const ex& b) { return GiNaC::dynallocate<Delta>(a, b); }

ex call(const std::string& function, exvector arguments) {
  return GiNaC::dynallocate<Call>(function, std::move(arguments));
}

ex attained(const ex& gap) { return call("attained", {gap}); }

bool is_attained(const ex& e) { return is_call(e, "attained"); }

ex partial(const ex& of, const ex& with_respect_to, std::vector<std::string> held) {
  // A power keeps its sign: GiNaC gives the base of (b − a)^3 the sign that its hashes want.
  if (is_negative(of) && !is<GiNaC::power>(of)) return -partial(-of, with_respect_to, std::move(held));
  std::sort(held.begin(), held.end());
  return GiNaC::dynallocate<Partial>(of, with_respect_to, std::move(held));
}

}  // namespace chalktape::notation

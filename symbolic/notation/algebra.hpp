// Index notation on GiNaC.
//
// GiNaC's own `indexed` sums over repeated indices by itself, which is wrong for layers (γ_j x̂_ij is not a sum), so
// accesses, deltas, reductions and partial derivatives are classes of our own. To GiNaC they are atoms: it supplies
// exact arithmetic, sums, products and powers around them.
//
// A reduction binds its indices locally namelessly: in its body they are levels, not names, so that alpha-equal
// reductions are equal objects, s − s is 0, and a substitution cannot capture. The level of a reduction's first index
// is one more than the highest level in its body.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ginac/ginac.h>

#include "symbolic/language/expression.hpp"

namespace chalktape::notation {

using GiNaC::ex;
using GiNaC::exvector;

/// What is known of the sign of a name for all inputs.
enum class Sign {
  unknown,
  nonnegative,
  positive,
  square,  ///< of a definition: positive, and a square in F_p too, so that √(s²) = s there
};

/// What the classes below have in common: they are real, atoms to `expand`, and constant to GiNaC's own derivative.
class Notation : public GiNaC::basic {
 public:
  [[nodiscard]] bool info(unsigned inf) const override { return inf == GiNaC::info_flags::real || basic::info(inf); }
  [[nodiscard]] ex expand(unsigned /*options*/ = 0) const override { return *this; }

 protected:
  [[nodiscard]] ex derivative(const GiNaC::symbol& /*s*/) const override { return 0; }
  /// Caches a hash, but only once the object is evaluated: before that it may still change.
  unsigned remember_hash(unsigned hash) const;
};

/// An index: free (it has a name, level 0) or bound by a reduction (a level, no name), running over the size `range`.
class IndexVariable : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(IndexVariable, GiNaC::basic)
 public:
  IndexVariable(std::string name, std::string range, int level = 0);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& range() const { return range_; }
  [[nodiscard]] int level() const { return level_; }

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  std::string name_, range_;
  int level_ = 0;
};

/// A name with indices: a tensor, a definition, a gradient; without indices also a size, a constant or π.
class Access : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(Access, GiNaC::basic)
 public:
  Access(std::string name, exvector indices, language::Role role, Sign sign = Sign::unknown);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const exvector& indices() const { return indices_; }
  [[nodiscard]] language::Role role() const { return role_; }
  [[nodiscard]] Sign sign() const { return sign_; }

  [[nodiscard]] size_t nops() const override { return indices_.size(); }
  [[nodiscard]] ex op(size_t i) const override { return indices_.at(i); }
  ex& let_op(size_t i) override;
  [[nodiscard]] bool info(unsigned inf) const override;

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  std::string name_;
  exvector indices_;
  language::Role role_ = language::Role::unresolved;
  Sign sign_ = Sign::unknown;
};

/// Kronecker's delta; symmetric, and 1 where both indices are the same.
class Delta : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(Delta, GiNaC::basic)
 public:
  Delta(ex a, ex b);
  [[nodiscard]] size_t nops() const override { return 2; }
  [[nodiscard]] ex op(size_t i) const override { return i == 0 ? a_ : b_; }
  ex& let_op(size_t i) override;
  [[nodiscard]] ex eval() const override;

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  ex a_, b_;
};

/// A function of the language applied to arguments. Nothing is evaluated by itself: laws are rules.
class Call : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(Call, GiNaC::basic)
 public:
  Call(std::string function, exvector arguments);
  [[nodiscard]] const std::string& function() const { return function_; }
  [[nodiscard]] const exvector& arguments() const { return arguments_; }

  [[nodiscard]] size_t nops() const override { return arguments_.size(); }
  [[nodiscard]] ex op(size_t i) const override { return arguments_.at(i); }
  ex& let_op(size_t i) override;
  [[nodiscard]] ex eval() const override;

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  std::string function_;
  exvector arguments_;
};

enum class Reduction { sum, max, min };

/// Σ, max or min of a body over one or more bound indices. Make one with `reduce`, look inside with `open`.
class Reduce : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(Reduce, GiNaC::basic)
 public:
  Reduce(Reduction reduction, std::vector<std::string> ranges, int first_level, ex body);
  [[nodiscard]] Reduction reduction() const { return reduction_; }
  [[nodiscard]] const std::vector<std::string>& ranges() const { return ranges_; }
  /// The level of the first bound index; the others follow.
  [[nodiscard]] int first_level() const { return first_level_; }
  [[nodiscard]] int last_level() const { return first_level_ + static_cast<int>(ranges_.size()) - 1; }
  /// With the bound indices as levels.
  [[nodiscard]] const ex& raw_body() const { return body_; }

  [[nodiscard]] size_t nops() const override { return 1; }
  [[nodiscard]] ex op(size_t /*i*/) const override { return body_; }
  ex& let_op(size_t i) override;
  /// Opens, maps the body, closes again: a map can neither capture nor see a level.
  ex map(GiNaC::map_function& f) const override;
  [[nodiscard]] ex subs(const GiNaC::exmap& m, unsigned options = 0) const override;

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  Reduction reduction_ = Reduction::sum;
  std::vector<std::string> ranges_;
  int first_level_ = 0;
  ex body_;
};

/// ∂of/∂with_respect_to with the names in `held` fixed: a derivative that is written down but not yet worked out.
class Partial : public Notation {
  GINAC_DECLARE_REGISTERED_CLASS(Partial, GiNaC::basic)
 public:
  Partial(ex of, ex with_respect_to, std::vector<std::string> held);
  [[nodiscard]] const ex& of() const { return of_; }
  [[nodiscard]] const ex& with_respect_to() const { return with_respect_to_; }
  [[nodiscard]] const std::vector<std::string>& held() const { return held_; }

  [[nodiscard]] size_t nops() const override { return 2; }
  [[nodiscard]] ex op(size_t i) const override { return i == 0 ? of_ : with_respect_to_; }
  ex& let_op(size_t i) override;

 protected:
  unsigned calchash() const override;
  void do_print(const GiNaC::print_context& c, unsigned level) const;

 private:
  ex of_, with_respect_to_;
  std::vector<std::string> held_;
};

// ---- making

ex index(const std::string& name, const std::string& range);
ex access(const std::string& name, exvector indices, language::Role role, Sign sign = Sign::unknown);
/// A size symbol as a number: positive.
ex size(const std::string& name);
ex delta(const ex& a, const ex& b);
/// At 0 the function's value, where `value_at_zero` has one.
ex call(const std::string& function, exvector arguments);
/// Where it is a rational number: exp(0) = 1, tanh(0) = 0.
std::optional<GiNaC::numeric> value_at_zero(const std::string& function);
/// 1 − step(gap), which is 1 where an entry attains the extremum (its gap is 0) and 0 elsewhere, as one atom: taken
/// apart, 0 becomes the difference of two sums over all entries, and rounding leaves something of it. No function of
/// the language; it is printed as 1 − step(gap).
ex attained(const ex& gap);
bool is_attained(const ex& e);
/// A sign by key leaves the derivative, so that ∂(−f)/∂x and −∂f/∂x are the same object.
ex partial(const ex& of, const ex& with_respect_to, std::vector<std::string> held);
/// Binds the free indices `bound` in `body`. Directly nested reductions of one kind become one, and the order of the
/// bound indices is canonical, so that Σ_k Σ_l and Σ_l Σ_k are the same object. A sum of 0 is 0; an extremum over an
/// index that the body does not mention is that of the others.
ex reduce(Reduction reduction, const ex& body, const exvector& bound);
inline ex sum(const ex& body, const exvector& bound) { return reduce(Reduction::sum, body, bound); }

/// A reduction's body with free indices in place of its levels.
struct Opened {
  ex body;
  exvector indices;
};
/// The indices' names ("$3") cannot be written in the language, depend only on the structure, and do not occur free in
/// the body or among `avoid`.
Opened open(const Reduce& r, const exvector& avoid = {});

// ---- looking

/// Whether e is exactly of this class. GiNaC's is_a asks through dynamic_cast, which was a third of a derivation's
/// time.
template <class T>
bool is(const ex& e) {
  return &GiNaC::ex_to<GiNaC::basic>(e).get_class_info() == &T::get_class_info_static();
}
inline bool is_index(const ex& e) { return is<IndexVariable>(e); }
inline const IndexVariable& as_index(const ex& e) { return GiNaC::ex_to<IndexVariable>(e); }
bool is_sum(const ex& e);
bool is_call(const ex& e, std::string_view function);
/// The number of elements that the reduction runs over: the product of its ranges.
ex count(const Reduce& r);
/// The operands in GiNaC's order. GiNaC makes the operands of a sum or product anew whenever it is asked for one; here
/// each is made once. Memoised; the reference is good until `forget_keys`.
const exvector& operands(const ex& e);
/// The operands of a sum (or the expression itself), sorted by `key`.
exvector terms(const ex& e);
/// The operands of a product (or the expression itself), sorted by `key`; a numeric factor comes first.
exvector factors(const ex& e);
/// Whether `part` (an index, or any atom) occurs in e.
bool depends_on(const ex& e, const ex& part);
bool mentions(const ex& e, const std::string& name);
bool contains(const ex& e, const std::function<bool(const ex&)>& predicate);
/// Whether numbers that come with the data stand in e: tensors, definitions, gradients; not sizes and constants.
bool depends_on_data(const ex& e);
/// Free indices, ordered by `key`. The reference is good until `forget_keys`.
const exvector& free_indices(const ex& e);
std::set<std::string> names(const ex& e);
/// Every distinct access of `name`, ordered by `key`.
exvector accesses_of(const ex& e, const std::string& name);

/// What a node holds, remembered for every node that was ever asked about.
struct Traits {
  exvector free{};          ///< free indices, ordered by `key`
  std::uint64_t names = 0;  ///< one bit for each name and function in it; names may share a bit
  int highest_level = 0;    ///< of the indices in it that a reduction binds
  int height = 0;           ///< the last level of the outermost reductions in it
  bool has_sum = false, has_delta = false;
  bool has_pair = false;  ///< a reduction that binds two indices over one range: their order is canonical
};
/// Memoised; O(size) the first time. The reference is good until `forget_keys`.
const Traits& traits(const ex& e);
/// Every name and function in `part` may stand in `whole` as well: false is certain, true is not.
inline bool may_hold_names_of(const ex& whole, const ex& part) {
  return (traits(part).names & ~traits(whole).names) == 0;
}

/// Maps from expressions, by value.
struct ExHash {
  size_t operator()(const ex& e) const { return e.gethash(); }
};
struct ExEqual {
  bool operator()(const ex& a, const ex& b) const { return a.is_equal(b); }
};
template <class T>
using ExMap = std::unordered_map<ex, T, ExHash, ExEqual>;

/// A text that identifies e's value and does not depend on addresses or hashes: the only thing that decisions may
/// follow. GiNaC writes a·(b − c) or −a·(c − b) as its hashes have it; both have the same key. Memoised; O(size) the
/// first time. The reference is good until `forget_keys`.
const std::string& key(const ex& e);
/// Empties this thread's memory of keys, traits and operands; a derivation begins with it.
void forget_keys();
/// Whether e's key is that of −e with a minus: of a product all of whose signs are seen to, of a sum its first term's
/// by key. Unlike the sign of GiNaC's coefficient the same on every run.
bool is_negative(const ex& e);
/// The order by key, e and −e side by side.
bool key_less(const ex& a, const ex& b);

// ---- rewriting

/// Applies f to the operands of e (opening reductions).
ex map_operands(const ex& e, const std::function<ex(const ex&)>& f);
/// Substitutes free indices, simultaneously. Never captures.
ex replace_indices(const ex& e, const std::vector<std::pair<ex, ex>>& replacements);
/// Replaces each access of `name` by f of its indices.
ex replace_accesses(const ex& e, const std::string& name, const std::function<ex(const Access&)>& f);

/// What is provable of e's sign from the signs of its names (sizes count as positive). O(size).
Sign sign_of(const ex& e);
/// The same for a definition's name.
Sign sign_of_definition(const ex& value);
/// Provably not 0, for all inputs.
bool nonzero(const ex& e);

}  // namespace chalktape::notation

#include "symbolic/present/tree.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "symbolic/language/limits.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/present/constant_sums.hpp"

namespace chalktape::present {

using GiNaC::ex_to;
using GiNaC::numeric;
using language::Expr;
using language::Kind;
using language::Role;
using notation::Access;
using notation::Call;
using notation::Delta;
using notation::ex;
using notation::exvector;
using notation::is;
using notation::Partial;
using notation::Reduce;

namespace {

std::string digits(const numeric& n) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << n;
  return out.str();
}

void gather(const Expr& e, std::map<std::string, std::vector<std::string>>& letters,
            std::map<std::string, std::string>& written) {
  if (e->kind == Kind::number && e->name.find_first_of(".eE") != std::string::npos) {
    written.emplace(digits(notation::exact_number(e->name)), e->name);
  }
  for (const auto& i : e->indices) {
    auto& list = letters[i.range];
    if (std::find(list.begin(), list.end(), i.name) == list.end()) list.push_back(i.name);
  }
  for (const Expr& operand : e->operands) gather(operand, letters, written);
}

/// A product taken apart: coefficient · numerator / denominator.
struct Quotient {
  numeric coefficient = 1;
  exvector numerator, denominator;
};

bool negative_integer(const ex& e) {
  return is<numeric>(e) && ex_to<numeric>(e).is_negative() && ex_to<numeric>(e).is_integer();
}

void sort_factor(const ex& factor, Quotient& q) {
  if (is<numeric>(factor)) {
    q.coefficient = q.coefficient * ex_to<numeric>(factor);
  } else if (is<GiNaC::power>(factor) && negative_integer(factor.op(1))) {
    q.denominator.push_back(GiNaC::pow(factor.op(0), -factor.op(1)));
  } else {
    q.numerator.push_back(factor);
  }
}

Quotient take_apart(const ex& e) {
  Quotient q;
  for (const ex& factor : notation::factors(e)) sort_factor(factor, q);
  return q;
}

/// Where a factor stands in a product: numbers and scalars first, the biggest things last.
int factor_class(const ex& e) {
  if (is<GiNaC::power>(e)) return factor_class(e.op(0));
  if (is<Access>(e)) {
    const auto& a = ex_to<Access>(e);
    if (a.role() == Role::size) return 0;
    const int rank = static_cast<int>(std::min<size_t>(a.indices().size(), 8));
    return 1 + 2 * rank + (a.role() == Role::gradient ? 1 : 0);
  }
  if (notation::is_attained(e)) return 23;  // it is printed as a sum
  if (is<Call>(e)) return 20;
  if (is<Delta>(e)) return 21;
  if (is<Partial>(e)) return 22;
  if (is<GiNaC::add>(e)) return 23;
  return 24;  // reductions
}

bool is_compound(const ex& e) {
  return is<GiNaC::add>(e) || is<Reduce>(e) || notation::is_attained(e) ||
         (is<GiNaC::power>(e) && e.op(1).info(GiNaC::info_flags::posint) && is_compound(e.op(0)));
}

bool has_delta(const exvector& factors) {
  return std::any_of(factors.begin(), factors.end(), [](const ex& f) { return is<Delta>(f); });
}

/// The order of terms: those with deltas first, then those with most indices, the upstream gradient before other terms
/// of its rank, then the shorter ones; signs and coefficients play no part.
struct TermOrder {
  explicit TermOrder(const ex& term) {
    const Quotient q = take_apart(term);
    ex core = 1;
    for (const ex& f : q.numerator) core *= f;
    for (const ex& f : q.denominator) core /= f;
    const size_t term_rank = notation::free_indices(core).size();
    rank = -static_cast<int>(term_rank);
    const bool leads = std::any_of(q.numerator.begin(), q.numerator.end(), [&](const ex& f) {
      return is<Access>(f) && ex_to<Access>(f).role() == Role::gradient &&
             ex_to<Access>(f).indices().size() == term_rank && term_rank > 0;
    });
    gradient = leads ? 0 : 1;
    delta = has_delta(q.numerator) ? 0 : 1;
    size = static_cast<int>(q.numerator.size() + q.denominator.size());
    text = notation::key(core);
  }
  int delta, rank, gradient, size;
  std::string text;
  friend bool operator<(const TermOrder& a, const TermOrder& b) {
    return std::tie(a.delta, a.rank, a.gradient, a.size, a.text) <
           std::tie(b.delta, b.rank, b.gradient, b.size, b.text);
  }
};

exvector ordered_terms(const ex& sum) {
  std::vector<std::pair<TermOrder, ex>> order;
  for (const ex& term : sum) order.emplace_back(TermOrder(term), term);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  exvector result;
  for (auto& [where, term] : order) result.push_back(term);
  return result;
}

struct SignedTree {
  bool negative = false;
  Expr tree;

  /// Numbers and deltas are what people write a sum around: 1 − y, N δ − 1.
  [[nodiscard]] bool is_anchor() const { return is_number() || is_delta(tree); }

 private:
  static bool is_delta(const Expr& e) {
    if (e->kind == Kind::multiply || e->kind == Kind::divide)
      return is_delta(e->operands[0]) || (e->kind == Kind::multiply && is_delta(e->operands[1]));
    return e->kind == Kind::delta;
  }
  [[nodiscard]] bool is_number() const {
    return tree->kind == Kind::number || (tree->kind == Kind::divide && tree->operands[0]->kind == Kind::number &&
                                          tree->operands[1]->kind == Kind::number);
  }
};

/// A product's sign stands at its first factor: -a*b/c.
Expr negated(const Expr& e) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    return language::binary(e->kind, negated(e->operands[0]), e->operands[1]);
  }
  return language::negate(e);
}

SignedTree without_sign(const Expr& e) {
  if (e->kind == Kind::negate) return {true, e->operands[0]};
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    const SignedTree first = without_sign(e->operands[0]);
    if (first.negative) return {true, language::binary(e->kind, first.tree, e->operands[1])};
  }
  return {false, e};
}

/// Where a layer writes 0.044715, its triple is 0.134145 and not 26829/200000; "" for a short fraction, or one that no
/// decimal number equals.
std::string long_decimal(const numeric& n) {
  constexpr int most_places = 30;
  if (!n.is_positive() || n.denom() <= numeric(100)) return {};
  numeric scaled = n;
  int places = 0;
  while (!scaled.is_integer() && places <= most_places) {
    scaled = scaled * numeric(10);
    ++places;
  }
  if (!scaled.is_integer()) return {};
  std::string text = digits(scaled);
  if (text.size() > language::limits::number_digits) return {};
  const auto wide = static_cast<size_t>(places);
  if (text.size() <= wide) text.insert(0, wide + 1 - text.size(), '0');
  return text.insert(text.size() - wide, ".");
}

language::Index index_of(const ex& e) { return {notation::as_index(e).name(), notation::as_index(e).range(), {}}; }

class Presenter {
 public:
  Presenter(const Naming& naming, std::vector<std::string> scope) : naming_(naming), scope_(std::move(scope)) {}

  /// e as a whole: nothing around it takes a sign.
  Expr whole_tree(const ex& e) {
    if (is<GiNaC::mul>(e) || is<GiNaC::power>(e)) return product_tree(e, true);
    // GiNaC makes 2*x - 2*t of 2*(x - t).
    const numeric content = is<GiNaC::add>(e) ? e.integer_content() : numeric(1);
    if (!content.is_integer() || content.is_equal(1)) return tree(e);
    return language::binary(Kind::multiply, number_tree(content), tree(e / content));
  }

  Expr tree(const ex& e) {
    if (is<numeric>(e)) return number_tree(ex_to<numeric>(e));
    if (is<Access>(e)) {
      const auto& a = ex_to<Access>(e);
      return language::access(a.name(), index_list(a.indices()), a.role());
    }
    if (is<Delta>(e)) {
      auto a = index_of(e.op(0)), b = index_of(e.op(1));
      if (b.name < a.name) std::swap(a, b);
      return language::delta(a, b);
    }
    if (notation::is_attained(e)) {
      return language::binary(Kind::subtract, language::number("1"), language::call("step", {tree(e.op(0))}));
    }
    if (is<Call>(e)) {
      std::vector<Expr> arguments;
      for (const ex& argument : ex_to<Call>(e).arguments()) arguments.push_back(tree(argument));
      return language::call(ex_to<Call>(e).function(), std::move(arguments));
    }
    if (is<Partial>(e)) return derivative_tree(ex_to<Partial>(e));
    if (is<Reduce>(e)) return reduction_tree(ex_to<Reduce>(e));
    if (is<GiNaC::add>(e)) return sum_tree(e);
    if (is<GiNaC::mul>(e) || is<GiNaC::power>(e)) return product_tree(e);
    throw std::logic_error("this expression has no form in the language: " + notation::key(e));
  }

 private:
  /// Exponents are written as fractions even where the layer writes that number with a point.
  Expr number_tree(const numeric& n, bool as_written = true) {
    if (!n.is_rational()) throw std::logic_error("a number that is not rational");
    const numeric magnitude = GiNaC::abs(n);
    const std::string written = as_written ? naming_.written(magnitude) : std::string();
    const auto with_sign = [&](const Expr& e) { return n.is_negative() ? language::negate(e) : e; };
    if (!written.empty()) return with_sign(language::number(written));
    Expr numerator = with_sign(integer_tree(digits(magnitude.numer())));
    if (magnitude.is_integer()) return numerator;
    return language::binary(Kind::divide, numerator, integer_tree(digits(magnitude.denom())));
  }

  /// The language's numbers have a limit: a longer one is put together, high*1e60 + low.
  static Expr integer_tree(const std::string& digits) {
    constexpr std::size_t most = language::limits::number_digits;
    if (digits.size() <= most) return language::number(digits);
    const std::size_t split = digits.size() - most;
    const std::size_t low = std::min(digits.find_first_not_of('0', split), digits.size());
    Expr high = language::binary(Kind::multiply, integer_tree(digits.substr(0, split)),
                                 language::number("1e" + std::to_string(most)));
    if (low == digits.size()) return high;
    return language::binary(Kind::add, std::move(high), language::number(digits.substr(low)));
  }

  Expr reduction_tree(const Reduce& r) {
    const notation::Opened opened = open_named(r, naming_, scope_);
    std::vector<language::Index> indices = index_list(opened.indices);
    const auto outer = scope_;
    for (const auto& i : indices) scope_.push_back(i.name);
    const bool is_sum = r.reduction() == notation::Reduction::sum;
    SignedTree body = is_sum ? signed_body(opened.body) : SignedTree{false, tree(opened.body)};
    scope_ = outer;
    const char* const reductions[] = {"sum", "max", "min"};
    Expr sum = language::reduce(reductions[static_cast<int>(r.reduction())], std::move(indices), std::move(body.tree));
    return body.negative ? language::negate(std::move(sum)) : sum;
  }

  Expr derivative_tree(const Partial& p) {
    SignedTree of = signed_body(p.of());
    Expr derivative = language::derivative(std::move(of.tree), tree(p.with_respect_to()), p.held());
    return of.negative ? language::negate(std::move(derivative)) : derivative;
  }

  /// The sign that its factors or its first term have chosen leaves a sum.
  SignedTree signed_body(const ex& body) {
    if (!is<GiNaC::add>(body)) return without_sign(tree(body));
    bool negative = false;
    const Factor terms = factor(body, negative);
    return {negative, joined(terms.terms)};
  }

  /// The terms of a sum in their order. A term's sign is known once it is a tree: its factors have chosen theirs by
  /// then.
  std::vector<SignedTree> signed_terms(const ex& sum, const numeric& scale = 1) {
    std::vector<SignedTree> parts;
    for (const ex& term : ordered_terms(sum)) parts.push_back(without_sign(tree(scale * term)));
    return parts;
  }

  static Expr joined(std::vector<SignedTree> parts) {
    // A sum that begins with a minus reads badly: the first positive term is brought to the front.
    const auto positive = std::find_if(parts.begin(), parts.end(), [](const SignedTree& t) { return !t.negative; });
    if (positive != parts.end()) std::rotate(parts.begin(), positive, positive + 1);
    Expr result;
    for (const SignedTree& part : parts) {
      if (!result) {
        result = part.negative ? negated(part.tree) : part.tree;
      } else {
        result = language::binary(part.negative ? Kind::subtract : Kind::add, result, part.tree);
      }
    }
    return result;
  }

  Expr sum_tree(const ex& e) { return joined(signed_terms(e)); }

  Expr power_of(Expr base, const ex& exponent) {
    if (exponent.is_equal(1)) return base;
    if (exponent.is_equal(numeric(1, 2))) return language::call("sqrt", {std::move(base)});
    const Expr above = is<numeric>(exponent) ? number_tree(ex_to<numeric>(exponent), false) : tree(exponent);
    return language::binary(Kind::power, std::move(base), above);
  }

  /// A factor of a product whose sign is not settled yet: a sum of terms can give its sign to the product.
  struct Factor {
    Expr tree;                      ///< the base, where it is no sum of terms
    std::vector<SignedTree> terms;  ///< of the base, where it is one
    ex exponent;
    bool odd = false;  ///< the exponent is an odd number: a sign can leave

    void flip() {
      for (SignedTree& term : terms) term.negative = !term.negative;
    }
    /// Reads well with either sign: b - a as well as a - b, but not y - 1 for 1 - y.
    [[nodiscard]] bool is_difference() const {
      const auto negative = [](const SignedTree& t) { return t.negative; };
      return odd && std::any_of(terms.begin(), terms.end(), negative) &&
             !std::all_of(terms.begin(), terms.end(), negative) &&
             std::none_of(terms.begin(), terms.end(), [](const SignedTree& t) { return t.is_anchor(); });
    }
  };

  /// As a factor a sum of terms is positive in its delta or number if it has one, otherwise in its first term;
  /// `negative` changes with it.
  Factor factor(const ex& e, bool& negative, const numeric& scale = 1) {
    const bool power = is<GiNaC::power>(e);
    const ex base = power ? e.op(0) : e;
    Factor result{nullptr, {}, power ? e.op(1) : ex(1), false};
    const bool whole = result.exponent.info(GiNaC::info_flags::posint);
    result.odd = whole && result.exponent.info(GiNaC::info_flags::odd);
    if (!is<GiNaC::add>(base) || !whole) {
      result.tree = tree(base);
      const SignedTree bare = without_sign(result.tree);
      if (bare.negative && whole) {
        result.tree = bare.tree;
        negative ^= result.odd;
      }
      return result;
    }
    result.terms = signed_terms(base, scale);
    const auto anchor =
        std::find_if(result.terms.begin(), result.terms.end(), [](const SignedTree& t) { return t.is_anchor(); });
    if (anchor != result.terms.end() ? anchor->negative : result.terms.front().negative) {
      result.flip();
      negative ^= result.odd;
    }
    return result;
  }

  std::vector<Factor> factors(const exvector& expressions, bool& negative) {
    std::vector<Factor> result;
    for (const ex& e : expressions) result.push_back(factor(e, negative));
    return result;
  }

  /// GiNaC makes x/200000*(8943*x^2 + 200000) of x*(1 + 0.044715*x^2): the number in a sum by which both should be
  /// divided, or 0.
  static numeric long_content(const ex& sum, const numeric& coefficient) {
    const numeric largest = 100;
    if (coefficient.denom() <= largest || !is<GiNaC::add>(sum)) return 0;
    for (const ex& term : sum) {
      if (is<numeric>(term) && GiNaC::abs(ex_to<numeric>(term)) > largest) return GiNaC::abs(ex_to<numeric>(term));
    }
    return 0;
  }

  /// The compound factors; one of them may take a long number from the coefficient.
  std::vector<Factor> compound_factors(const exvector& expressions, numeric& coefficient, bool& negative) {
    std::vector<Factor> result;
    for (const ex& e : expressions) {
      const numeric content = long_content(e, coefficient);
      if (content.is_zero()) {
        result.push_back(factor(e, negative));
      } else {
        result.push_back(factor(e, negative, content.inverse()));
        coefficient = coefficient * content;
      }
    }
    return result;
  }

  Expr times(Expr result, const std::vector<Factor>& factors) {
    for (const Factor& f : factors) {
      Expr next = power_of(f.terms.empty() ? f.tree : joined(f.terms), f.exponent);
      result = result ? language::binary(Kind::multiply, result, std::move(next)) : std::move(next);
    }
    return result;
  }

  /// simple factors / denominator * compound factors, as one writes 2/N*(x − μ).
  Expr product_tree(const ex& e, bool stands_alone = false) {
    Quotient q = take_apart(e);
    const auto less = [this](const ex& a, const ex& b) { return factor_less(a, b); };
    std::sort(q.numerator.begin(), q.numerator.end(), less);
    std::sort(q.denominator.begin(), q.denominator.end(), less);
    const auto compound =
        std::stable_partition(q.numerator.begin(), q.numerator.end(), [](const ex& f) { return !is_compound(f); });

    bool negative = q.coefficient.is_negative();
    const std::vector<Factor> simple = factors({q.numerator.begin(), compound}, negative);
    std::vector<Factor> rest = compound_factors({compound, q.numerator.end()}, q.coefficient, negative);
    std::vector<Factor> below = factors(q.denominator, negative);
    // -2*(t - x) is 2*(x - t); as a term of a sum the minus has its place already.
    for (std::vector<Factor>* group : {&rest, &below}) {
      const auto difference =
          std::find_if(group->begin(), group->end(), [](const Factor& f) { return f.is_difference(); });
      if (!stands_alone || !negative || difference == group->end()) continue;
      difference->flip();
      negative = false;
    }

    const numeric magnitude = GiNaC::abs(q.coefficient);
    const bool as_written = !naming_.written(magnitude).empty();
    const numeric over = as_written ? magnitude : magnitude.numer();
    const numeric under = as_written ? numeric(1) : magnitude.denom();
    Expr result;
    const bool has_denominator = !below.empty() || !under.is_equal(1);
    if (!over.is_equal(1) || (simple.empty() && has_denominator)) result = number_tree(over);
    result = times(result, simple);
    if (has_denominator) {
      const Expr denominator = times(under.is_equal(1) ? nullptr : number_tree(under), below);
      result = language::binary(Kind::divide, result, denominator);
    }
    result = times(result, rest);
    return negative ? negated(result) : result;
  }

  /// By kind; sizes in the order of the signature; then by name.
  [[nodiscard]] bool factor_less(const ex& a, const ex& b) const {
    const int class_a = factor_class(a), class_b = factor_class(b);
    if (class_a != class_b) return class_a < class_b;
    const ex base_a = is<GiNaC::power>(a) ? a.op(0) : a, base_b = is<GiNaC::power>(b) ? b.op(0) : b;
    if (base_a.is_equal(base_b)) return notation::key_less(a, b);
    if (class_a == 0) {
      const size_t order_a = naming_.size_order(ex_to<Access>(base_a).name());
      const size_t order_b = naming_.size_order(ex_to<Access>(base_b).name());
      if (order_a != order_b) return order_a < order_b;
    }
    return notation::key_less(base_a, base_b);
  }

  const Naming& naming_;
  std::vector<std::string> scope_;
};

}  // namespace

Naming::Naming(const language::Layer& layer) : sizes_(layer.sizes) {
  for (const auto& definition : layer.definitions) {
    for (const auto& i : definition.indices) {
      auto& list = letters_[i.range];
      if (std::find(list.begin(), list.end(), i.name) == list.end()) list.push_back(i.name);
    }
    gather(definition.value, letters_, written_);
  }
  const auto used = [&](const std::string& name) {
    const auto constant = [&](const auto& declared) { return declared.name == name; };
    return layer.ranges_of(name).has_value() || std::find(sizes_.begin(), sizes_.end(), name) != sizes_.end() ||
           std::any_of(layer.constants.begin(), layer.constants.end(), constant);
  };
  for (const char* letter : {"k", "l", "p", "q", "r", "s", "t", "u", "v", "w", "a", "b", "c", "m", "n", "o"}) {
    if (!used(letter)) pool_.emplace_back(letter);
  }
}

std::string Naming::bound_index(const std::string& range, const std::vector<std::string>& taken) const {
  const auto free = [&](const std::string& name) { return std::find(taken.begin(), taken.end(), name) == taken.end(); };
  if (const auto own = letters_.find(range); own != letters_.end()) {
    for (const std::string& letter : own->second) {
      if (free(letter)) return letter;
    }
  }
  // A letter that the layer uses for another range would mislead.
  const auto foreign = [&](const std::string& name) {
    return std::any_of(letters_.begin(), letters_.end(), [&](const auto& entry) {
      return entry.first != range && std::find(entry.second.begin(), entry.second.end(), name) != entry.second.end();
    });
  };
  for (const std::string& letter : pool_) {
    if (free(letter) && !foreign(letter)) return letter;
  }
  for (int n = 1;; ++n) {
    std::string name = "k";  // appended to, not added: GCC 12 warns of the sum without cause
    name += std::to_string(n);
    if (free(name) && size_order(name) == sizes_.size()) return name;
  }
}

std::string Naming::written(const numeric& n) const {
  const auto found = written_.find(digits(n));
  if (found != written_.end()) return found->second;
  return written_.empty() ? std::string() : long_decimal(n);
}

size_t Naming::size_order(const std::string& range) const {
  return static_cast<size_t>(std::find(sizes_.begin(), sizes_.end(), range) - sizes_.begin());
}

notation::Opened open_named(const Reduce& r, const Naming& naming, const std::vector<std::string>& in_scope) {
  notation::Opened opened = notation::open(r);
  std::stable_sort(opened.indices.begin(), opened.indices.end(), [&](const ex& a, const ex& b) {
    return naming.size_order(notation::as_index(a).range()) < naming.size_order(notation::as_index(b).range());
  });
  std::vector<std::string> taken = in_scope;
  for (const ex& i : notation::free_indices(opened.body)) taken.push_back(notation::as_index(i).name());
  std::vector<std::pair<ex, ex>> letters;
  for (ex& i : opened.indices) {
    const std::string& range = notation::as_index(i).range();
    taken.push_back(naming.bound_index(range, taken));
    letters.emplace_back(i, notation::index(taken.back(), range));
    i = letters.back().second;
  }
  opened.body = notation::replace_indices(opened.body, letters);
  return opened;
}

std::vector<language::Index> index_list(const exvector& indices) {
  std::vector<language::Index> result;
  for (const ex& e : indices) result.push_back(index_of(e));
  return result;
}

Expr without_minus(const Expr& e) { return without_sign(e).tree; }

Expr to_tree(const ex& e, const Naming& naming, const std::vector<std::string>& in_scope) {
  std::vector<std::string> scope = in_scope;
  for (const ex& i : notation::free_indices(e)) scope.push_back(notation::as_index(i).name());
  return Presenter(naming, std::move(scope)).whole_tree(without_constant_sums(e));
}

}  // namespace chalktape::present

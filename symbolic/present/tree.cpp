#include "symbolic/present/tree.hpp"

#include <algorithm>
#include <stdexcept>

#include "symbolic/language/limits.hpp"
#include "symbolic/present/constant_sums.hpp"
#include "symbolic/present/quotient.hpp"
#include "symbolic/present/signed_tree.hpp"

namespace chalktape::present {

using GiNaC::ex_to;
using GiNaC::numeric;
using language::Expr;
using language::Kind;
using notation::Access;
using notation::Call;
using notation::Delta;
using notation::ex;
using notation::exvector;
using notation::is;
using notation::Partial;
using notation::Reduce;

namespace {

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
    bool odd = false;       ///< the exponent is an odd number: a sign can leave
    bool constant = false;  ///< holds no data

    void flip() {
      for (SignedTree& term : terms) term.negative = !term.negative;
    }
    /// Reads well with either sign: b - a as well as a - b, m - 1 as well as 1 - m, but not y - 1 for 1 - y.
    [[nodiscard]] bool is_difference() const {
      const auto negative = [](const SignedTree& t) { return t.negative; };
      return odd && std::any_of(terms.begin(), terms.end(), negative) &&
             !std::all_of(terms.begin(), terms.end(), negative) &&
             (constant || std::none_of(terms.begin(), terms.end(), [](const SignedTree& t) { return t.is_anchor(); }));
    }
  };

  /// As a factor a sum of terms is positive in its delta or number if it has one, otherwise in its first term;
  /// `negative` changes with it.
  Factor factor(const ex& e, bool& negative, const numeric& scale = 1) {
    const bool power = is<GiNaC::power>(e);
    const ex base = power ? e.op(0) : e;
    Factor result{nullptr,
                  {},
                  power ? e.op(1) : ex(1),
                  false,
                  notation::free_indices(base).empty() && !notation::depends_on_data(base)};
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

  Factor root_of(const ex& radicand) { return {tree(radicand), {}, numeric(1, 2), false, true}; }

  /// (p - t)/N and sum[k](…)/sqrt(D); but 1/N*sum[k](…), which is a mean, as 2/N*(x - mu) is.
  static bool stands_above(const std::vector<Factor>& rest, const Quotient& q) {
    return rest.size() == 1 && (!rest.front().terms.empty() || !q.root_below.is_equal(1));
  }

  std::vector<Factor> factors(const exvector& expressions, bool& negative) {
    std::vector<Factor> result;
    for (const ex& e : expressions) result.push_back(factor(e, negative));
    return result;
  }

  static numeric exponent_of(const ex& e) {
    if (!is<GiNaC::power>(e)) return 1;
    return is<numeric>(e.op(1)) ? ex_to<numeric>(e.op(1)) : numeric(0);
  }

  /// GiNaC makes a/2*(2*b + c) of a*(b + c/2), and x/200000*(8943*x^2 + 200000) of x*(1 + 0.044715*x^2): the number in
  /// a sum by which both should be divided, or 0.
  static numeric content_to_move(const ex& sum, const numeric& coefficient) {
    const numeric under = coefficient.denom(), largest = 100;
    if (under.is_equal(1) || !is<GiNaC::add>(sum)) return 0;
    for (const ex& term : sum) {
      numeric number = GiNaC::abs(take_apart(term).coefficient);
      if (number.is_equal(under) || (is<numeric>(term) && under > largest && number > largest)) return number;
    }
    return 0;
  }

  /// GiNaC makes 1000000/(1000000*s + 1) of 1/(s + 1e-6), too, and squares alike: the number by which a sum's terms
  /// must be divided so that all have the coefficients with which the layer was written, or 0. Its power, the sum's,
  /// has to divide `taken`, what stands on the other side of the line.
  [[nodiscard]] numeric content_as_written(const ex& factor, const numeric& taken) const {
    const ex sum = is<GiNaC::power>(factor) ? factor.op(0) : factor;
    const numeric exponent = exponent_of(factor);
    if (taken.is_equal(1) || !is<GiNaC::add>(sum) || !exponent.is_pos_integer()) return 0;
    std::vector<numeric> coefficients, candidates;
    for (const ex& term : sum) coefficients.push_back(GiNaC::abs(take_apart(term).coefficient));
    for (const numeric& coefficient : coefficients) {
      candidates.push_back(coefficient);
      for (const numeric& written : naming_.numbers()) candidates.push_back(coefficient / written);
    }
    for (const numeric& number : candidates) {
      if (number.is_equal(1) || !(taken / number.power(exponent)).is_integer()) continue;
      bool written = false;
      const bool fits = std::all_of(coefficients.begin(), coefficients.end(), [&](const numeric& c) {
        const numeric scaled = c / number;
        const bool is_literal = !scaled.is_integer() && !naming_.written(scaled).empty();
        written = written || is_literal;
        return is_literal || scaled.is_equal(1);
      });
      if (fits && written) return number;
    }
    return 0;
  }

  /// Factors above the line or below it; one of them may take a number from the coefficient.
  std::vector<Factor> factors_with_content(const exvector& expressions, bool below, numeric& coefficient,
                                           bool& negative) {
    std::vector<Factor> result;
    for (const ex& e : expressions) {
      numeric content = content_as_written(e, below ? GiNaC::abs(coefficient.numer()) : coefficient.denom());
      if (content.is_zero() && !below) content = content_to_move(e, coefficient);
      if (content.is_zero()) content = 1;
      result.push_back(factor(e, negative, content.inverse()));
      if (!content.is_equal(1)) coefficient = coefficient * content.power(below ? -exponent_of(e) : exponent_of(e));
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
    std::vector<Factor> simple = factors({q.numerator.begin(), compound}, negative);
    std::vector<Factor> rest = factors_with_content({compound, q.numerator.end()}, false, q.coefficient, negative);
    std::vector<Factor> below = factors_with_content(q.denominator, true, q.coefficient, negative);
    // -2*(t - x) is 2*(x - t); as a term of a sum the minus has its place already.
    for (std::vector<Factor>* group : {&rest, &below}) {
      const auto difference =
          std::find_if(group->begin(), group->end(), [](const Factor& f) { return f.is_difference(); });
      if (!stands_alone || !negative || difference == group->end()) continue;
      difference->flip();
      negative = false;
    }

    if (!q.root_above.is_equal(1)) simple.insert(simple.begin(), root_of(q.root_above));
    if (!q.root_below.is_equal(1)) below.push_back(root_of(q.root_below));
    const numeric magnitude = GiNaC::abs(q.coefficient);
    const bool as_written = !naming_.written(magnitude).empty();
    const numeric over = as_written ? magnitude : magnitude.numer();
    const numeric under = as_written ? numeric(1) : magnitude.denom();
    Expr result;
    const bool has_denominator = !below.empty() || !under.is_equal(1);
    if (has_denominator && over.is_equal(1) && simple.empty() && stands_above(rest, q)) {
      result = times(nullptr, rest);
      rest.clear();
    } else if (!over.is_equal(1) || (simple.empty() && has_denominator))
      result = number_tree(over);
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

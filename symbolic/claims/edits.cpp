#include "symbolic/claims/edits.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "symbolic/check/code.hpp"
#include "symbolic/claims/edit_visit.hpp"
#include "symbolic/claims/nodes.hpp"
#include "symbolic/claims/pool.hpp"

namespace chalktape::claims {

using language::binary;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::number;
using language::Role;

namespace {

class Visit : public EditVisit {
 public:
  Visit(const Material& material, const EditVisitor& visitor, const TermTest& may_lack)
      : EditVisit(material, visitor), may_lack_(may_lack) {
    language::collect_names(material.formula, used_);
  }

  bool run(EditKind kind) {
    switch (kind) {
      case EditKind::factor:
        return each([&](const Site& site) { return factors(site); });
      case EditKind::power:
        return each([&](const Site& site) { return powers(site); });
      case EditKind::name:
        return each([&](const Site& site) { return names(site, false); });
      case EditKind::index:
        return each([&](const Site& site) { return indices(site); });
      case EditKind::surplus:
        return each([&](const Site& site) { return surplus(site); });
      case EditKind::atom:
        return each([&](const Site& site) { return atoms(site); });
      case EditKind::rare_name:
        return each([&](const Site& site) { return names(site, true); });
      case EditKind::missing:
        // What others have comes before single names, and these before parts of anything.
        for (const Stage stage : {Stage::terms, Stage::names, Stage::parts}) {
          if (each([&](const Site& site) { return missing(site, stage); })) return true;
        }
        return false;
      default:
        return visit_exchanges(material_, kind, visitor_);
    }
  }

 private:
  // ---- ×2, ×1/N, a sign, sum for mean

  bool factors(const Site& site) {
    if (site.node->kind == Kind::reduce && (site.node->name == "sum" || site.node->name == "mean")) {
      const std::string other = site.node->name == "sum" ? "mean" : "sum";
      const Expr changed = with_name(site.node, other, site.node->role);
      if (offer(site, changed, [=, this] {
            return fmt::format("{} should be a {}: {}", written(site.node), other, written(changed));
          }))
        return true;
    }
    if (site.node->kind == Kind::add || site.node->kind == Kind::subtract) {
      Expression changed = *site.node;
      changed.kind = site.node->kind == Kind::add ? Kind::subtract : Kind::add;
      if (offer(site, std::make_shared<const Expression>(std::move(changed)), [=, this] {
            return fmt::format("the sign of {} should be {}", written(site.node->operands[1]),
                               site.node->kind == Kind::add ? "minus" : "plus");
          }))
        return true;
    }
    const bool under_sign = site.parent && site.parent->kind == Kind::subtract && site.operand() == 1;
    if (!site.is_term() && site.node->kind != Kind::add && site.node->kind != Kind::subtract) return false;
    if (site.node->kind == Kind::negate) {
      if (offer(site, site.node->operands[0],
                [=, this] { return fmt::format("the sign of {} does not belong", written(site.node->operands[0])); }))
        return true;
    } else if (!under_sign) {
      if (offer(site, language::negate(site.node), [=, this] {
            return site.path.empty() ? std::string("the sign of the right side is wrong")
                                     : fmt::format("the sign of {} is wrong", written(site.node));
          }))
        return true;
    }
    if (multipliers_.empty()) {
      multipliers_.push_back(number("2"));
      for (const Expr& e : numbers_for(*material_.scope, material_.formula, material_.relatives)) {
        if (e->kind != Kind::number || e->name == "2") continue;
        const GiNaC::numeric value = notation::exact_number(e->name);
        if (!value.is_zero() && value != 1) multipliers_.push_back(e);
      }
    }
    for (const Expr& e : multipliers_) {
      if (multiplied(site, e, e->name) || divided(site, e, e->name)) return true;
    }
    const auto& sizes = material_.scope->layer.sizes;
    std::vector<std::pair<Expr, std::string>> counts;
    for (const std::string& size : sizes) counts.emplace_back(language::access(size, {}, Role::size), size);
    for (std::size_t a = 0; a < sizes.size(); ++a) {
      for (std::size_t b = a; b < sizes.size(); ++b)
        counts.emplace_back(binary(Kind::multiply, counts[a].first, counts[b].first), sizes[a] + "*" + sizes[b]);
    }
    for (const auto& [count, text] : counts) {
      if (multiplied(site, count, text) || divided(site, count, text)) return true;
    }
    return false;
  }

  bool multiplied(const Site& site, const Expr& factor, const std::string& text) {
    return offer(site, binary(Kind::multiply, factor, site.node),
                 [=, this] { return fmt::format("multiply {} by {}", described(site), text); });
  }

  bool divided(const Site& site, const Expr& factor, const std::string& text) {
    const bool is_atom = text.find_first_of("*/+-") == std::string::npos;
    return offer(site, binary(Kind::divide, site.node, factor), [=, this] {
      return fmt::format("multiply {} by {}", described(site), is_atom ? "1/" + text : "1/(" + text + ")");
    });
  }

  // ---- powers

  bool powers(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::power) {
      const auto exponent = check::constant_value(e->operands[1]);
      if (!exponent) return false;
      return exponents(site, e->operands[0], *exponent);
    }
    if (e->kind == Kind::call && e->name == "sqrt") {
      if (offer(site, e->operands[0], [=, this] { return fmt::format("the root in {} does not belong", written(e)); }))
        return true;
      return exponents(site, e->operands[0], GiNaC::numeric(1, 2));
    }
    const bool stands_in_power = site.parent && (site.parent->kind == Kind::power ||
                                                 (site.parent->kind == Kind::call && site.parent->name == "sqrt"));
    if (stands_in_power) return false;
    if ((e->kind == Kind::divide || e->kind == Kind::multiply) && quotients(site)) return true;
    if (e->kind == Kind::number || e->kind == Kind::negate || e->kind == Kind::delta || e->kind == Kind::multiply ||
        e->kind == Kind::divide)
      return false;
    if (offer(site, language::call("sqrt", {e}),
              [=, this] { return fmt::format("a root is missing: sqrt({})", written(e)); }))
      return true;
    for (const auto& exponent : {GiNaC::numeric(2), GiNaC::numeric(3, 2), GiNaC::numeric(-1), GiNaC::numeric(-1, 2)}) {
      const Expr changed = powered(e, exponent);
      if (offer(site, changed, [=, this] { return fmt::format("{} should be {}", written(e), written(changed)); }))
        return true;
    }
    return false;
  }

  bool exponents(const Site& site, const Expr& base, const GiNaC::numeric& exponent) {
    using GiNaC::numeric;
    for (const auto& other :
         {exponent - numeric(1, 2), exponent + numeric(1, 2), -exponent, exponent - numeric(1), exponent + numeric(1),
          exponent - numeric(3, 2), exponent + numeric(3, 2), exponent * numeric(2), exponent / numeric(2)}) {
      if (other.is_zero() || other == exponent) continue;
      const Expr changed = powered(base, other);
      if (offer(site, changed, [=, this] {
            return other == numeric(1)
                       ? fmt::format("the power in {} does not belong", written(site.node))
                       : fmt::format("the power of {} should be {}", written(base), written(fraction(other)));
          }))
        return true;
    }
    return false;
  }

  /// a/b for a*b, and the other way.
  bool quotients(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::multiply) {
      for (const std::size_t k : {1U, 0U}) {
        if (offer(site, binary(Kind::divide, e->operands[1 - k], e->operands[k]),
                  [=, this] { return fmt::format("{} should be a divisor, not a factor", written(e->operands[k])); }))
          return true;
      }
      return false;
    }
    return offer(site, binary(Kind::multiply, e->operands[0], e->operands[1]),
                 [=, this] { return fmt::format("{} should be a factor, not a divisor", written(e->operands[1])); });
  }

  // ---- one name for another

  /// Gradients of intermediates are tried only where the formula has one, or else as something rare.
  bool names(const Site& site, bool rare) {
    const Expr& e = site.node;
    if (e->kind == Kind::call && !rare) {
      static constexpr std::array functions{"sigmoid", "tanh", "exp", "relu", "step", "sin", "cos", "log"};
      for (const char* other : functions) {
        if (e->operands.size() != 1 || e->name == other || e->name == "sqrt") continue;
        const Expr changed = with_name(e, other, e->role);
        if (offer(site, changed, [=, this] { return fmt::format("{} should be {}", written(e), written(changed)); }))
          return true;
      }
      return false;
    }
    if (e->kind != Kind::access) return false;
    std::vector<std::string> ranges;
    for (const Index& index : e->indices) ranges.push_back(index.range);
    for (const Name& name : names_in_scope(*material_.scope)) {
      if (name.name == e->name || name.ranges != ranges || is_rare(name) != rare) continue;
      const Expr changed = with_name(e, name.name, name.role);
      if (offer(site, changed, [=, this] { return fmt::format("{} should be {}", written(e), written(changed)); }))
        return true;
    }
    return false;
  }

  [[nodiscard]] bool is_rare(const Name& name) const {
    return name.is_intermediate_gradient && !used_.contains(name.name);
  }

  // ---- one index for another

  bool indices(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::reduce && e->indices.size() > 1) return fewer_indices(site);
    if (e->kind != Kind::access && e->kind != Kind::delta) return false;
    for (std::size_t k = 0; k < e->indices.size(); ++k) {
      for (const Index& other : site.indices) {
        const bool same = other.name == e->indices[k].name;
        const std::string& range =
            e->indices[k].range.empty() && e->kind == Kind::delta ? e->indices[1 - k].range : e->indices[k].range;
        if (same || other.range != range) continue;
        Expression changed = *e;
        changed.indices[k] = other;
        const Expr node = std::make_shared<const Expression>(std::move(changed));
        if (offer(site, node, [=, this] { return fmt::format("{} should be {}", written(e), written(node)); }))
          return true;
      }
    }
    return exchanged_indices(site);
  }

  /// x[k,i] for x[i,k].
  bool exchanged_indices(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::delta) return false;
    for (std::size_t k = 0; k < e->indices.size(); ++k) {
      for (std::size_t other = 0; other < k; ++other) {
        if (e->indices[other].range != e->indices[k].range || e->indices[other].name == e->indices[k].name) continue;
        Expression changed = *e;
        std::swap(changed.indices[k], changed.indices[other]);
        if (exchange(site, std::make_shared<const Expression>(std::move(changed)))) return true;
      }
    }
    return false;
  }

  /// mean[n](x[n,d]) for mean[n,k](x[n,k]).
  bool fewer_indices(const Site& site) {
    const Expr& e = site.node;
    for (std::size_t k = 0; k < e->indices.size(); ++k) {
      const Index surplus = e->indices[k];
      for (const Index& other : site.indices) {
        if (other.range != surplus.range) continue;
        Expression changed = *e;
        changed.indices.erase(changed.indices.begin() + static_cast<std::ptrdiff_t>(k));
        changed.operands[0] = with_letters(e->operands[0], {surplus}, {other});
        const Expr node = std::make_shared<const Expression>(std::move(changed));
        if (offer(site, node, [=, this] {
              return fmt::format("the {} should not run over {}: {}", e->name, surplus.name, written(node));
            }))
          return true;
      }
    }
    return false;
  }

  // ---- what does not belong

  bool surplus(const Site& site) {
    const Expr& e = site.node;
    const auto gone = [&](std::size_t k, const Expr& rest) {
      return offer(site, rest, [=, this] { return fmt::format("{} does not belong", written(e->operands[k])); });
    };
    switch (e->kind) {
      case Kind::add:
      case Kind::multiply:
        return gone(0, e->operands[1]) || gone(1, e->operands[0]);
      case Kind::subtract:
        return gone(1, e->operands[0]) || gone(0, language::negate(e->operands[1]));
      case Kind::divide:
        return gone(1, e->operands[0]) || gone(0, binary(Kind::divide, number("1"), e->operands[1]));
      case Kind::call:
        if (e->operands.size() != 1) return false;
        return offer(site, e->operands[0],
                     [=, this] { return fmt::format("{} in {} does not belong", e->name, written(e)); });
      default:
        return false;
    }
  }

  // ---- a factor that is a tensor's, a definition's, or a root's

  bool atoms(const Site& site) {
    if (!site.is_term()) return false;
    for (const Expr& atom : factors_for(*material_.scope, material_.formula, material_.relatives, site.indices)) {
      const std::string text = written(atom);
      const bool is_plain = atom->kind == Kind::access || atom->kind == Kind::call;
      if (multiplied(site, atom, text)) return true;
      if (offer(site, binary(Kind::divide, site.node, atom), [=, this] {
            return fmt::format("multiply {} by {}", described(site), is_plain ? "1/" + text : "1/(" + text + ")");
          }))
        return true;
      if (atom->kind == Kind::access && !atom->indices.empty()) {
        const Expr square = binary(Kind::power, atom, number("2"));
        if (multiplied(site, square, written(square)) || divided(site, square, written(square))) return true;
      }
    }
    return false;
  }

  // ---- a term that is missing

  enum class Stage { terms, names, parts };

  bool missing(const Site& site, Stage stage) {
    if (site.node->kind == Kind::number) return false;
    if (site.parent && site.parent->kind == Kind::derivative) return false;
    // a + b is tried at the sum once, not at each of its terms.
    if (site.parent && (site.parent->kind == Kind::add || site.parent->kind == Kind::subtract)) return false;
    if (terms_.empty()) collect_terms();
    const bool can_be_tested = site.indices.size() == material_.indices.size();
    if (stage == Stage::parts) {
      return can_be_tested && std::any_of(tested_parts_.begin(), tested_parts_.end(),
                                          [&](const Expr& e) { return lacks(site, e, true); });
    }
    if (can_be_tested) {
      const auto& fitted = stage == Stage::terms ? tested_terms_ : tested_names_;
      return std::any_of(fitted.begin(), fitted.end(), [&](const Expr& e) { return lacks(site, e, true); });
    }
    const auto& terms = stage == Stage::terms ? terms_ : names_;
    return std::any_of(terms.begin(), terms.end(), [&](const Expr& term) {
      const auto fitted = fitted_terms(term, site.indices);
      return std::any_of(fitted.begin(), fitted.end(), [&](const Expr& e) { return lacks(site, e, false); });
    });
  }

  /// Those that can be tested are made once: their values are remembered.
  void collect_terms() {
    terms_ = terms_for(*material_.scope, material_.formula, material_.relatives);
    names_ = names_as_terms(*material_.scope);
    const auto fit = [&](const std::vector<Expr>& terms, std::vector<Expr>& fitted) {
      for (const Expr& term : terms) {
        for (Expr& e : fitted_terms(term, material_.indices)) fitted.push_back(std::move(e));
      }
    };
    fit(terms_, tested_terms_);
    fit(names_, tested_names_);
    for (const auto* whole : {&tested_terms_, &tested_names_}) {
      for (const Expr& e : *whole) {
        for (const std::string& name : material_.scope->layer.sizes) {
          const Expr size = language::access(name, {}, Role::size);
          tested_parts_.push_back(binary(Kind::divide, e, size));
          tested_parts_.push_back(binary(Kind::multiply, size, e));
        }
      }
    }
  }

  bool lacks(const Site& site, const Expr& term, bool can_be_tested) {
    for (const Kind kind : {Kind::add, Kind::subtract}) {
      if (can_be_tested && !may_lack_(site.path, term, kind == Kind::subtract)) continue;
      if (offer(site, binary(kind, site.node, term), [=, this] {
            return fmt::format("a term is missing: {} {} behind {}", kind == Kind::add ? "+" : "-", written(term),
                               described(site));
          }))
        return true;
    }
    return false;
  }

  const TermTest& may_lack_;
  std::set<std::string> used_;  ///< names in the formula
  std::vector<Expr> multipliers_, terms_, names_, tested_terms_, tested_names_, tested_parts_;
};

}  // namespace

bool visit_edits(const Material& material, EditKind kind, const EditVisitor& visitor, const TermTest& may_lack) {
  return Visit(material, visitor, may_lack).run(kind);
}

}  // namespace chalktape::claims

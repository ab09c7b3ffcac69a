#include "symbolic/claims/edits.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "symbolic/check/code.hpp"
#include "symbolic/claims/pool.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

using language::binary;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::number;
using language::Role;

namespace {

Expr with_name(const Expr& e, const std::string& name, Role role) {
  Expression changed = *e;
  changed.name = name;
  changed.role = role;
  return std::make_shared<const Expression>(std::move(changed));
}

/// A number as the language writes it: `3/2`, `-1/2`.
Expr fraction(const GiNaC::numeric& n) {
  const GiNaC::numeric magnitude = GiNaC::abs(n);
  const auto written = [](const GiNaC::numeric& whole) { return number(std::to_string(whole.to_long())); };
  Expr e = magnitude.is_integer() ? written(magnitude)
                                  : binary(Kind::divide, written(magnitude.numer()), written(magnitude.denom()));
  return n.is_negative() ? language::negate(std::move(e)) : e;
}

Expr powered(const Expr& base, const GiNaC::numeric& exponent) {
  if (exponent == GiNaC::numeric(1)) return base;
  return binary(Kind::power, base, fraction(exponent));
}

class Visit {
 public:
  Visit(const Material& material, const EditVisitor& visitor)
      : material_(material), visitor_(visitor), sites_(sites_of(material.formula, material.indices)) {}

  bool run(EditKind kind) {
    switch (kind) {
      case EditKind::factor:
        return each([&](const Site& site) { return factors(site); });
      case EditKind::power:
        return each([&](const Site& site) { return powers(site); });
      case EditKind::name:
        return each([&](const Site& site) { return names(site); });
      case EditKind::index:
        return each([&](const Site& site) { return indices(site); });
      case EditKind::surplus:
        return each([&](const Site& site) { return surplus(site); });
      case EditKind::atom:
        return each([&](const Site& site) { return atoms(site); });
      case EditKind::missing:
        return each([&](const Site& site) { return missing(site); });
    }
    return false;
  }

 private:
  template <class F>
  bool each(const F& f) {
    return std::any_of(sites_.begin(), sites_.end(), f);
  }

  bool offer(const Site& site, const Expr& node, std::function<std::string()> advice) {
    return visitor_({replaced(material_.formula, site.path, node), std::move(advice)});
  }

  [[nodiscard]] std::string written(const Expr& e) const { return material_.scope->written(e); }

  /// "the right side", "the second term, x[i,j]", or the expression itself.
  [[nodiscard]] std::string described(const Site& site) const {
    if (site.path.empty()) return "the right side";
    return written(site.node);
  }

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
    if (multiplied(site, number("2"), "2")) return true;
    if (divided(site, number("2"), "2")) return true;
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
    if (e->kind == Kind::divide && quotients(site)) return true;
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

  /// a/b for a*b.
  bool quotients(const Site& site) {
    const Expr& e = site.node;
    return offer(site, binary(Kind::multiply, e->operands[0], e->operands[1]),
                 [=, this] { return fmt::format("{} should be a factor, not a divisor", written(e->operands[1])); });
  }

  // ---- one name for another

  bool names(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::call) {
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
      if (name.name == e->name || name.ranges != ranges) continue;
      const Expr changed = with_name(e, name.name, name.role);
      if (offer(site, changed, [=, this] { return fmt::format("{} should be {}", written(e), written(changed)); }))
        return true;
    }
    return false;
  }

  // ---- one index for another

  bool indices(const Site& site) {
    const Expr& e = site.node;
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
    for (const Expr& atom : factors_for(*material_.scope, material_.formula, site.indices)) {
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

  bool missing(const Site& site) {
    if (site.node->kind == Kind::delta || site.node->kind == Kind::number) return false;
    if (site.parent && site.parent->kind == Kind::derivative) return false;
    // a + b is tried at the sum once, not at each of its terms.
    if (site.parent && (site.parent->kind == Kind::add || site.parent->kind == Kind::subtract)) return false;
    if (terms_.empty()) terms_ = terms_for(*material_.scope, material_.formula, material_.relatives);
    for (const Expr& term : terms_) {
      for (const Expr& fitted : fitted_terms(term, site.indices)) {
        for (const Kind kind : {Kind::add, Kind::subtract}) {
          if (offer(site, binary(kind, site.node, fitted), [=, this] {
                return fmt::format("a term is missing: {} {} in {}", kind == Kind::add ? "+" : "-", written(fitted),
                                   described(site));
              }))
            return true;
        }
      }
    }
    return false;
  }

  const Material& material_;
  const EditVisitor& visitor_;
  std::vector<Site> sites_;
  std::vector<Expr> terms_;
};

}  // namespace

bool visit_edits(const Material& material, EditKind kind, const EditVisitor& visitor) {
  return Visit(material, visitor).run(kind);
}

}  // namespace chalktape::claims

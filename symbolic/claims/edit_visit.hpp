// What all kinds of edits are shown with.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/claims/edits.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

class EditVisit {
 public:
  EditVisit(const Material& material, const EditVisitor& visitor)
      : material_(material), visitor_(visitor), sites_(sites_of(material.formula, material.indices)) {}

 protected:
  template <class F>
  bool each(const F& f) {
    return std::any_of(sites_.begin(), sites_.end(), f);
  }

  bool offer(const Site& site, const language::Expr& node, std::function<std::string()> advice) {
    return visitor_({replaced(material_.formula, site.path, node), std::move(advice), node, site.indices});
  }

  /// "… should be …"
  bool exchange(const Site& site, const language::Expr& node) {
    return offer(site, node, [e = site.node, node, this] {
      return written(e) + " should be " + written(without_idle_indices(node));
    });
  }

  [[nodiscard]] std::string written(const language::Expr& e) const { return material_.scope->written(e); }

  /// "the right side", or the expression itself.
  [[nodiscard]] std::string described(const Site& site) const {
    if (site.path.empty()) return "the right side";
    return written(site.node);
  }

  const Material& material_;
  const EditVisitor& visitor_;
  std::vector<Site> sites_;
};

/// The kinds `relative`, `number`, `side`, `function` and `part`.
bool visit_exchanges(const Material& material, EditKind kind, const EditVisitor& visitor);

}  // namespace chalktape::claims

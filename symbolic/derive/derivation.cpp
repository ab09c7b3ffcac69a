#include "symbolic/derive/derivation.hpp"

#include <algorithm>
#include <set>

namespace chalktape::derive {

const Gradient* Derivation::find(const std::string& of) const {
  const auto found = std::find_if(gradients.begin(), gradients.end(), [&](const Gradient& g) { return g.of == of; });
  return found == gradients.end() ? nullptr : &*found;
}

std::vector<language::Definition> Derivation::program() const {
  // Backwards from the results: an intermediate's gradient that nothing mentions is not computed.
  std::set<std::string> needed;
  std::vector<language::Definition> reversed;
  for (auto g = gradients.rbegin(); g != gradients.rend(); ++g) {
    if (!g->of_tensor && !needed.contains(g->name)) continue;
    language::collect_names(g->value, needed);
    reversed.push_back({g->name, g->indices, g->value, {}});
  }
  for (auto d = introduced.rbegin(); d != introduced.rend(); ++d) {
    if (!needed.contains(d->name)) continue;
    language::collect_names(d->value, needed);
    reversed.push_back(*d);
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

}  // namespace chalktape::derive

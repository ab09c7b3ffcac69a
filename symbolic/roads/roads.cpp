#include "symbolic/roads/road.hpp"

namespace chalktape::roads {

std::vector<std::unique_ptr<Road>> all_roads() {
  std::vector<std::unique_ptr<Road>> roads;
  roads.push_back(tape_road());
  roads.push_back(derived_road());
  roads.push_back(emitted_road());
  roads.push_back(fused_road());
  roads.push_back(difference_road());
  return roads;
}

}  // namespace chalktape::roads

// Two members of a team write the same number, without waiting for each other. The thread sanitizer must say so: else
// it does not see the engine's threads.
#include <cstdio>

#include "engine/tensor/threads.hpp"

int main() {
  int shared = 0;
  chalktape::engine::on_team(2, [&](const chalktape::engine::TeamMember& member) { shared += member.index + 1; });
  std::printf("%d\n", shared);
  return 0;
}

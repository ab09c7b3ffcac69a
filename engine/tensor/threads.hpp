// Work that threads share. Nobody else starts any.
#pragma once

#include <cstdint>
#include <functional>

namespace chalktape::engine {

/// One thread of a team that works on the same arrays.
struct TeamMember {
  int index = 0;
  int count = 1;
  /// Waits for the rest of the team.
  void wait() const;
};

/// body(member) on each thread of a team of at most that many, at the same time; inside of a team, a team of one. What
/// the body throws is thrown here once all have ended: of several, the member's with the lowest index. A body that
/// waits for the team must not throw.
void on_team(int members, const std::function<void(const TeamMember&)>& body);

/// body(begin, end) for pieces that make up [0, count), on OpenMP's default number of threads. Throws as `on_team`
/// does.
void on_threads(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace chalktape::engine

#include "engine/tensor/threads.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>

#include <omp.h>

#if defined(CHALKTAPE_STD_THREADS)
#include <barrier>
#include <thread>
#include <vector>
#endif

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "engine/tensor/strided_loop.hpp"

namespace chalktape::engine {

namespace {

// What the first member that failed has thrown: no exception may leave a thread.
class FirstFailure {
 public:
  void note(int member) noexcept {
    const std::lock_guard lock(mutex_);
    if (member >= member_) return;
    member_ = member;
    thrown_ = std::current_exception();
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  std::mutex mutex_;
  int member_ = std::numeric_limits<int>::max();
  std::exception_ptr thrown_;
};

#if defined(CHALKTAPE_STD_THREADS)

// For the thread sanitizer, which does not see how OpenMP's library makes threads wait for each other.
struct Team {
  std::barrier<> barrier;
};
thread_local Team* own_team = nullptr;

template <class Body>
void start_team(int members, const Body& body) {
  if (own_team != nullptr) return body(TeamMember{});
  Team team{std::barrier<>(members)};
  const auto work = [&](int index) {
    own_team = &team;
    body(TeamMember{index, members});
    own_team = nullptr;
  };
  std::vector<std::thread> others;
  for (int index = 1; index < members; ++index) others.emplace_back(work, index);
  work(0);
  for (std::thread& other : others) other.join();
}

#else

template <class Body>
void start_team(int members, const Body& body) {
#pragma omp parallel num_threads(members)
  body(TeamMember{omp_get_thread_num(), omp_get_num_threads()});
}

#endif

}  // namespace

void TeamMember::wait() const {
  // Alone, it may be in a team of the caller's, which must not be waited for.
  if (count == 1) return;
#if defined(CHALKTAPE_STD_THREADS)
  own_team->barrier.arrive_and_wait();
#else
#pragma omp barrier
#endif
}

void on_team(int members, const std::function<void(const TeamMember&)>& body) {
  if (members <= 1) {
    body(TeamMember{});
    return;
  }
  FirstFailure failure;
  start_team(members, [&](const TeamMember& member) {
    try {
      body(member);
    } catch (...) {
      failure.note(member.index);
    }
  });
  failure.rethrow();
}

void on_threads(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t pieces = std::min<std::int64_t>(omp_get_max_threads(), count);
  const auto work = [&](const TeamMember& member) {
    body(count * member.index / member.count, count * (member.index + 1) / member.count);
  };
  on_team(static_cast<int>(pieces), std::ref(work));
}

void stream(void* to, const void* from, std::size_t bytes) {
#if defined(__SSE2__)
  constexpr std::size_t line = 16;
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(from);
  const std::size_t head = std::min(bytes, (line - reinterpret_cast<std::uintptr_t>(to) % line) % line);
  std::memcpy(target, source, head);
  std::size_t done = head;
  for (; done + line <= bytes; done += line)
    _mm_stream_si128(reinterpret_cast<__m128i*>(target + done),
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + done)));
  std::memcpy(target + done, source + done, bytes - done);
#else
  std::memcpy(to, from, bytes);
#endif
}

void end_streams() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace chalktape::engine

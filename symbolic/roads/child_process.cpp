#include "symbolic/roads/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "engine/io/child.hpp"

namespace chalktape::roads {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = std::size_t{64} << 10;

/// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

enum class Got { bytes, nothing_yet, end };

Got read_some(int pipe, std::string& output) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(pipe, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Got::nothing_yet;
  if (count < 0) throw std::system_error(errno, std::generic_category(), "read");
  output.append(buffer.data(), std::min(static_cast<std::size_t>(count), most_output - output.size()));
  return count == 0 ? Got::end : Got::bytes;
}

/// What the program writes into the pipe until it ends; false where that takes longer. The pipe says nothing about
/// that: the program may close it and run on, or end while one that it started keeps it open.
bool read_until_end(const engine::Child& child, int pipe, Clock::time_point deadline, std::string& output) {
  constexpr int longest_nap = 50;  // ms
  int nap = 1;
  for (bool is_open = true;;) {
    const bool ended = child.has_ended();  // asked first: what it wrote before is in the pipe
    for (std::size_t most = ended ? most_output : 1; is_open && most > 0; --most) {
      const Got got = read_some(pipe, output);
      if (got == Got::end) is_open = false;
      if (got != Got::nothing_yet) nap = 1;
      if (got != Got::bytes) break;
    }
    if (ended) return true;
    if (Clock::now() >= deadline) return false;
    pollfd waiting{is_open ? pipe : -1, POLLIN, 0};
    if (poll(&waiting, 1, nap) < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    nap = std::min(2 * nap, longest_nap);
  }
}

}  // namespace

Finished run_program(const std::vector<std::string>& command, double seconds) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  if (fcntl(read_end.number(), F_SETFL, O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "fcntl");
  engine::ChildStreams streams;
  streams.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  streams.duplicate(write_end.number(), STDOUT_FILENO);
  streams.duplicate(write_end.number(), STDERR_FILENO);
  engine::Child child(command, streams);
  write_end.close();

  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  Finished finished;
  finished.in_time = read_until_end(child, read_end.number(), deadline, finished.output);
  if (!finished.in_time) engine::end_process_group(child.number());
  finished.status = child.wait().status;
  return finished;
}

PrivateFolder::PrivateFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "chalktape-XXXXXX").string();
  const engine::Undisturbed held;
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
  path_ = pattern;
  unfinished_.emplace_back(path_);
}

std::filesystem::path PrivateFolder::file(const std::string& name) {
  unfinished_.emplace_back(path_ / name);
  return path_ / name;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;  // nothing can be done about what cannot be removed
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace chalktape::roads

// Runs the chalktape command as a shell would, and catches what it prints.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chalktape::cli::testing {

/// How to run it; by default in the repository's top folder, with an empty standard input and an ASCII locale.
struct Setup {
  std::optional<std::filesystem::path> standard_output;  ///< a device to write to instead of catching the output
  bool close_standard_output = false;
  bool broken_pipe = false;  ///< standard output is a pipe that nobody reads
  std::string in_shell;      ///< what a shell runs first, such as `ulimit -f 1`
  /// A named pipe, and the signal that the command gets once it, or a program that it started, has opened it.
  std::optional<std::pair<std::filesystem::path, int>> signal_at_input;
  std::vector<std::string> environment;  ///< `NAME=value`, added to a minimal environment
};

struct Finished {
  int status = -1;  ///< the exit status, or 128 + the signal that ended it
  std::string out;
  std::string err;
  double processor_seconds = 0;
  std::size_t most_memory = 0;  ///< in bytes, at any one time
  bool leaves_reader = false;   ///< somebody had the pipe of `signal_at_input` open when it had ended
};

/// Runs `chalktape` with these arguments and waits for it. Throws std::system_error where it cannot be started.
[[nodiscard]] Finished run_chalktape(const std::vector<std::string>& arguments, const Setup& setup = {});

/// False where the system has no pseudo-terminals, as in a bare chroot without /dev/pts.
[[nodiscard]] bool has_pseudo_terminals();

/// The same on a pseudo-terminal of a UTF-8 locale: `out` is what a person would see, standard error included.
[[nodiscard]] Finished run_chalktape_on_terminal(const std::vector<std::string>& arguments,
                                                 const std::vector<std::string>& environment = {});

/// The file's bytes. Throws std::runtime_error where it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// An empty folder that is removed, with all that is in it, at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file into the folder and returns its path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace chalktape::cli::testing

// What can go wrong around the command, and what it does then. The page docs/reliability.md and the test of it are made
// from this list: a row is a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chalktape::docs {

/// Something in a case's own folder.
struct GivenFile {
  enum class Kind { file, folder, link, pipe, program, sparse };
  std::string name;
  std::string bytes{};  ///< of a link, where it leads; of a sparse file, its size in bytes
  Kind kind = Kind::file;
  bool is_forbidden = false;  ///< nobody but root may read, write or enter it
};

/// Around the command.
enum class Surroundings {
  usual,
  full_disk,           ///< standard output goes to one
  closed_pipe,         ///< standard output goes to a reader that went away
  closed_output,       ///< there is no standard output
  small_files,         ///< the shell allows no file above 512 bytes
  little_memory,       ///< `--max-memory` holds: not under sanitizers, which need the address space
  interrupt,           ///< SIGINT once it waits for its input, a pipe
  terminate,           ///< SIGTERM likewise
  own_compiler,        ///< the environment's CXX is `DIR/c++`, and temporary files go into the folder
  terminate_compiler,  ///< the same, and SIGTERM once the compiler opens a pipe
  ignored_children,    ///< the caller ignores SIGCHLD, so that the system forgets how programs end
  decimal_comma,       ///< a locale that writes 1,5
  no_root,             ///< forbidden files and folders are forbidden, whoever runs the test
};

struct Hazard {
  std::string what;
  /// After `chalktape`, `DIR/` standing for the case's folder.
  std::vector<std::string> arguments;
  int status = 2;    ///< the exit status; 128 + the number of the signal that ends it
  std::string says;  ///< within standard error, within standard output where the status is 0; `DIR/` as above
  std::vector<GivenFile> files{};
  Surroundings surroundings = Surroundings::usual;
};

struct HazardFamily {
  std::string_view title;
  std::vector<Hazard> hazards;
};

[[nodiscard]] std::vector<HazardFamily> hazards();

}  // namespace chalktape::docs

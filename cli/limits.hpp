// What a run may take.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace chalktape::cli {

/// Beyond these the command ends with a message and exit status 2. They hold wherever it is, in a library as well: a
/// derivation's --timeout only says when its searches are content.
struct Limits {
  double seconds = 600;  ///< of processor time, all threads together
  double gibibytes = 8;  ///< of memory; not enforced where a sanitizer needs the address space
};

/// --max-time and --max-memory.
void add_limits(CLI::App& app, Limits& limits);
/// Sets them for this process. Throws Failure.
void set_limits(const Limits& limits);

/// --timeout, a derivation's.
void add_timeout(CLI::App& app, double& seconds);

}  // namespace chalktape::cli

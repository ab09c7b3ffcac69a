// Where a subcommand's text goes: a file, whole or not at all, or standard output.
#pragma once

#include <string_view>

namespace chalktape::cli {

/// A closed standard stream's number would be given to the next file that is opened, and output would end up in it:
/// occupies closed ones with a descriptor that cannot be written. Throws Failure.
void guard_standard_streams();

/// Writes all of `text` to standard output. Throws Failure where that is not possible: a full disk, a closed pipe.
void write_standard_output(std::string_view text);

}  // namespace chalktape::cli

#pragma once

#include <filesystem>
#include <string_view>

namespace chalktape::engine {

/// Writes all of `bytes` or leaves what was there: into a temporary file in the same folder, which is then renamed (and
/// removed on failure). An existing path that is not a regular file (/dev/stdout, a pipe) is written directly; a
/// symbolic link is followed. An existing file keeps its permissions, owner and group, the latter two as far as the
/// process may give files away; meanwhile only its owner may read what replaces it. What is there once this returns
/// outlasts a power cut. Throws Error with the path and the system's reason. A program that is interrupted meanwhile
/// leaves what was there, and nothing else if its signal handler calls remove_unfinished().
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace chalktape::engine

#pragma once

#include <filesystem>
#include <string>

namespace chalktape::engine {

/// All bytes of a file. Pipes and devices are read up to 256 MiB. Throws Error with the path and the system's reason.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace chalktape::engine

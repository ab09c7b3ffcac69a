#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace chalktape::engine {

/// All bytes of a file, pipe or device. Throws Error with the path and the system's reason, or where there is more than
/// `most` (a file is not read then).
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{256} << 20);

}  // namespace chalktape::engine

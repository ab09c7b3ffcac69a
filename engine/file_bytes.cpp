#include "engine/file_bytes.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "engine/error.hpp"

namespace chalktape::engine {

std::string read_file(const std::filesystem::path& path) {
  const auto failure = [&](std::string_view why) {
    return Error(fmt::format("cannot read {}: {}", path.string(), why));
  };
  const auto because = [](int reason) { return std::generic_category().message(reason); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) throw failure(because(errno));

  std::error_code ignored;  // a file that has no status is read like a pipe
  constexpr std::size_t most_of_a_pipe = std::size_t{256} << 20;
  const bool is_regular = std::filesystem::is_regular_file(path, ignored);
  std::string bytes;
  std::array<char, 1 << 16> chunk{};
  while (true) {
    errno = 0;
    const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get());
    bytes.append(chunk.data(), got);
    if (!is_regular && bytes.size() > most_of_a_pipe) throw failure("more than 256 MiB from something not a file");
    if (got == chunk.size()) continue;
    if (std::ferror(file.get()) != 0) throw failure(because(errno));
    return bytes;
  }
}

}  // namespace chalktape::engine

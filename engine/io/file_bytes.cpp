#include "engine/io/file_bytes.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "engine/error.hpp"

namespace chalktape::engine {

std::string read_file(const std::filesystem::path& path, std::size_t most) {
  const auto failure = [&](std::string_view why) {
    return Error(fmt::format("cannot read {}: {}", path.string(), why));
  };
  const auto because = [](int reason) { return std::generic_category().message(reason); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) throw failure(because(errno));

  const std::string too_much = fmt::format("more than {} MiB", most >> 20);
  std::error_code none;  // what is no file has no size, and is read to see
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  if (!none && size > most) throw failure(too_much);
  std::string bytes;
  std::array<char, 1 << 16> chunk{};
  while (true) {
    errno = 0;
    const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get());
    bytes.append(chunk.data(), got);
    if (bytes.size() > most) throw failure(too_much);
    if (got == chunk.size()) continue;
    if (std::ferror(file.get()) != 0) throw failure(because(errno));
    return bytes;
  }
}

}  // namespace chalktape::engine

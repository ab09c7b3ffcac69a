#include "engine/io/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/error.hpp"
#include "engine/io/unfinished.hpp"

namespace chalktape::engine {

namespace {

namespace fs = std::filesystem;

Error failure(const fs::path& path, int reason) {
  return Error(fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(reason)));
}

// An open file that closes itself.
class File {
 public:
  File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// 0, or the system's reason for failing.
  [[nodiscard]] int write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }
  /// Some file systems tell of a failed write only here.
  [[nodiscard]] int close() {
    const int status = ::close(descriptor_);
    descriptor_ = -1;
    return status == 0 ? 0 : errno;
  }

 private:
  int descriptor_;
};

// The file that a chain of symbolic links ends in, whether it exists or not.
fs::path followed(fs::path path) {
  std::error_code ignored;  // what cannot be read as a link is taken as it is; writing will tell
  for (int links = 0; links < 40 && fs::is_symlink(path, ignored); ++links) {
    const fs::path target = fs::read_symlink(path, ignored);
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  return path.parent_path() / fmt::format(".chalktape-{}-{}.tmp", ::getpid(), counter++);
}

}  // namespace

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  struct stat existing {};
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    File file(path, O_WRONLY);
    if (!file.is_open()) throw failure(path, errno);
    int reason = file.write(bytes);
    if (reason == 0) reason = file.close();
    if (reason != 0) throw failure(path, reason);
    return;
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) throw failure(path, errno);

  const fs::path target = followed(path);
  const fs::path temporary = temporary_beside(target);
  const Unfinished unfinished(temporary);
  File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) throw failure(path, errno);
  int reason = file.write(bytes);
  if (reason == 0 && exists && ::fchmod(file.descriptor(), existing.st_mode & 07777) != 0) reason = errno;
  if (reason == 0) reason = file.close();
  if (reason == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) reason = errno;
  if (reason != 0) {
    ::unlink(temporary.c_str());
    throw failure(path, reason);
  }
}

}  // namespace chalktape::engine

#include "engine/io/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <optional>
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
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File(File&&) = delete;
  File& operator=(File&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  // All of these: 0, or the system's reason for failing.

  [[nodiscard]] int write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }
  /// A file system that knows no such thing has nothing to wait for.
  [[nodiscard]] int synchronise() const {
    while (::fsync(descriptor_) != 0) {
      if (errno == EINTR) continue;
      return errno == EINVAL || errno == ENOTSUP ? 0 : errno;
    }
    return 0;
  }
  /// Takes owner, group and permissions of the file that it will replace. Few may give files away: a group that had
  /// nothing to do with the old file gets no more than everybody had.
  [[nodiscard]] int resemble(const struct stat& old) const {
    struct stat present {};
    if (::fstat(descriptor_, &present) != 0) return errno;
    mode_t mode = old.st_mode & 07777U;
    const bool is_other = present.st_uid != old.st_uid || present.st_gid != old.st_gid;
    if (is_other && ::fchown(descriptor_, old.st_uid, old.st_gid) != 0) {
      mode &= 0777U;
      const bool has_group = present.st_gid == old.st_gid || ::fchown(descriptor_, present.st_uid, old.st_gid) == 0;
      if (!has_group) mode &= 0707U | (mode & 07U) << 3U;
    }
    return ::fchmod(descriptor_, mode) == 0 ? 0 : errno;
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

// A new file beside `path`, which goes again unless it is renamed to it.
class Temporary {
 public:
  /// Its name may be taken: by a process that was killed, or by one of the same number on another machine.
  Temporary(const fs::path& path, mode_t mode) {
    static std::atomic<unsigned> counter{0};
    const Undisturbed held;
    int descriptor = -1;
    do {
      path_ = path.parent_path() / fmt::format(".chalktape-{}-{}.tmp", ::getpid(), counter++);
      descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    } while (descriptor < 0 && errno == EEXIST);
    reason_ = descriptor < 0 ? errno : 0;
    file_.emplace(descriptor);
    if (reason_ == 0) unfinished_.emplace(path_);
  }
  ~Temporary() {
    if (!unfinished_) return;
    const Undisturbed held;
    ::unlink(path_.c_str());
    unfinished_.reset();
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  Temporary(Temporary&&) = delete;
  Temporary& operator=(Temporary&&) = delete;

  /// 0, or why it could not be made.
  [[nodiscard]] int reason() const { return reason_; }
  [[nodiscard]] File& file() { return *file_; }
  /// 0, or the system's reason for failing.
  [[nodiscard]] int rename(const fs::path& target) {
    const Undisturbed held;
    if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
    unfinished_.reset();
    return 0;
  }

 private:
  fs::path path_;
  int reason_ = 0;
  std::optional<File> file_;
  std::optional<Unfinished> unfinished_;  // while the file is there under this name
};

int write_directly(const fs::path& path, std::string_view bytes) {
  File file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return errno;
  const int reason = file.write(bytes);
  return reason != 0 ? reason : file.close();
}

// What a power cut leaves is the old file or the new one: bytes are on the disk before the name is, and the name is
// before this returns. A folder that cannot be opened for reading is left to the system.
int replace(const fs::path& target, std::string_view bytes, const struct stat* old) {
  constexpr mode_t usual = 0666, owner = 0700;  // nobody else, until it belongs to whom the old one did
  Temporary temporary(target, old == nullptr ? usual : old->st_mode & owner);
  int reason = temporary.reason();
  if (reason == 0) reason = temporary.file().write(bytes);
  if (reason == 0 && old != nullptr) reason = temporary.file().resemble(*old);
  if (reason == 0) reason = temporary.file().synchronise();
  if (reason == 0) reason = temporary.file().close();
  if (reason == 0) reason = temporary.rename(target);
  if (reason != 0) return reason;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() ? opened.synchronise() : 0;
}

}  // namespace

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  struct stat existing {};
  const bool exists = ::stat(path.c_str(), &existing) == 0;
  int reason = 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    reason = write_directly(path, bytes);
  } else if (exists && ::access(path.c_str(), W_OK) != 0) {
    reason = errno;
  } else {
    reason = replace(followed(path), bytes, exists ? &existing : nullptr);
  }
  if (reason != 0) throw failure(path, reason);
}

}  // namespace chalktape::engine

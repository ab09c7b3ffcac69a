#include "engine/io/unfinished.hpp"

#include <array>

#include <unistd.h>

namespace chalktape::engine {

namespace {

using Place = std::atomic<const char*>;
static_assert(Place::is_always_lock_free, "a signal handler reads it");

// A folder is entered before what is in it, and so stands before it.
std::array<Place, 64> places{};

}  // namespace

Unfinished::Unfinished(const std::filesystem::path& path) : path_(path.string()) {
  for (Place& place : places) {
    const char* nothing = nullptr;
    if (!place.compare_exchange_strong(nothing, path_.c_str())) continue;
    place_ = &place;
    return;
  }
}

Unfinished::~Unfinished() {
  if (place_ != nullptr) place_->store(nullptr);
}

void remove_unfinished_files() noexcept {
  for (std::size_t k = places.size(); k-- > 0;) {
    const char* const path = places[k].load();
    if (path != nullptr && ::unlink(path) != 0) ::rmdir(path);
  }
}

}  // namespace chalktape::engine

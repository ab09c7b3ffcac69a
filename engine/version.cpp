#include "engine/version.hpp"

namespace chalktape::engine {

std::string_view version() { return CHALKTAPE_VERSION; }

}  // namespace chalktape::engine

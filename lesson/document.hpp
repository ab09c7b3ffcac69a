// What every page of the house is wrapped in.
#pragma once

#include <string>
#include <string_view>

#include "lesson/html.hpp"

namespace chalktape::lesson {

/// An HTML file of its own: it loads nothing from anywhere, and no script runs but this one, if there is one.
[[nodiscard]] std::string document(const std::string& title, const Html& body, std::string_view script = {});

}  // namespace chalktape::lesson

// The page's style and scripts (lesson/page), embedded when the house is built.
#pragma once

#include <string_view>

namespace chalktape::lesson {

/// The contents of lesson/page/*.css, and of lesson/page/*.js in the order in which they run.
[[nodiscard]] std::string_view page_style();
[[nodiscard]] std::string_view page_script();

}  // namespace chalktape::lesson

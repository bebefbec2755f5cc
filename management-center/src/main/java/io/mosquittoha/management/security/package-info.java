/** Accounts, groups, roles and what they allow: pages, and which rule decides. */
@NullMarked
package io.mosquittoha.management.security;

import org.jspecify.annotations.NullMarked;

package io.mosquittoha.management.security;

/** One thing that should be so. */
public sealed interface Wish {

  /** The account should be like this; it is created if there is none. */
  record PutAccount(Account account) implements Wish {}

  record DeleteAccount(String username) implements Wish {}

  /** The account should have this password. */
  record SetPassword(String username, String password) implements Wish {

    /** Never shows the password. */
    @Override
    public String toString() {
      return "SetPassword[" + username + "]";
    }
  }

  /** The group should be like this; it is created if there is none. */
  record PutGroup(Group group) implements Wish {}

  record DeleteGroup(String name) implements Wish {}

  /** The role should be like this; it is created if there is none. */
  record PutRole(AccessRole role) implements Wish {}

  record DeleteRole(String name) implements Wish {}

  record SetDefaults(Defaults defaults) implements Wish {}

  record SetAnonymousGroup(String group) implements Wish {}
}

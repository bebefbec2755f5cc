package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const entrypoint = "/usr/bin/launch"

type ociImage struct {
	v1.Image
	bytes int64
	files []string // of its layers
}

// within tells whether a path is one of those, or in one of those folders.
func within(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") })
}

// above tells whether a path is a folder on the way to one of those.
func above(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(folder, path+"/") })
}

// timed gives all of it the time that it has in the image: the archive of Java classes is only used with jars of its time, also
// by who runs the programs in this folder.
func timed(tree string, created time.Time) error {
	return filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chtimes(path, created, created)
	})
}

// image makes several layers: what comes from Debian, which seldom changes, what the definition sets apart, and the launcher.
func (t task) image(tree string, wanted definition, main, multiarch string) (ociImage, error) {
	if main == "" {
		return ociImage{}, fmt.Errorf("nothing of package %s is in it", wanted.Main)
	}
	var image ociImage
	if err := copyFile(t.launch, filepath.Join(tree, entrypoint)); err != nil {
		return image, err
	}
	if err := timed(tree, t.created); err != nil {
		return image, err
	}
	layers := append(slices.Clone(wanted.Layers), layer{By: "launch " + t.version, Paths: []string{entrypoint}})
	var apart []string
	for i, one := range layers {
		for k, path := range one.Paths {
			one.Paths[k] = strings.ReplaceAll(path, "${multiarch}", multiarch)
		}
		apart = append(apart, layers[i].Paths...)
	}
	first := layer{By: fmt.Sprintf("%s %s and its libraries, from Debian", wanted.Main, main)}
	var additions []mutate.Addendum
	for i, one := range append([]layer{first}, layers...) {
		file := filepath.Join(t.out, fmt.Sprintf("%s-%d.tar", filepath.Base(tree), i))
		err := t.pack(file, func(into *tar.Writer) error {
			return addTree(into, tree, t, func(path string) bool {
				if i == 0 {
					return !within(path, apart)
				}
				return within(path, one.Paths) || above(path, one.Paths)
			})
		})
		if err != nil {
			return image, err
		}
		made, err := tarball.LayerFromFile(file, tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return image, err
		}
		about, err := os.Stat(file)
		if err != nil {
			return image, err
		}
		image.files = append(image.files, file)
		image.bytes += about.Size()
		additions = append(additions, mutate.Addendum{
			Layer:     made,
			MediaType: types.OCILayer,
			History:   v1.History{Created: v1.Time{Time: t.created}, CreatedBy: one.By},
		})
	}
	if image.bytes > wanted.Largest {
		return image, fmt.Errorf("it has %d bytes, more than the %d that are promised: see what `tar tvf` shows of %s", image.bytes, wanted.Largest, strings.Join(image.files, ", "))
	}
	made, err := mutate.Append(mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1), additions...)
	if err != nil {
		return image, err
	}
	config, err := made.ConfigFile()
	if err != nil {
		return image, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: t.created}
	config.Architecture, config.OS = t.architecture, "linux"
	labels := t.labels(wanted, main)
	config.Config = v1.Config{
		Entrypoint:   []string{entrypoint},
		Cmd:          wanted.Command,
		User:         fmt.Sprintf("%d:0", userID),
		WorkingDir:   "/",
		Env:          []string{"PATH=/usr/sbin:/usr/bin"},
		ExposedPorts: map[string]struct{}{},
		Labels:       labels,
	}
	for _, port := range wanted.Ports {
		config.Config.ExposedPorts[port] = struct{}{}
	}
	if made, err = mutate.ConfigFile(made, config); err != nil {
		return image, err
	}
	image.Image = mutate.Annotations(made, labels).(v1.Image)
	return image, nil
}

func (t task) labels(wanted definition, main string) map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":       wanted.Title,
		"org.opencontainers.image.description": wanted.Description,
		"org.opencontainers.image.version":     t.version,
		"org.opencontainers.image.licenses":    wanted.Licenses,
		"org.opencontainers.image.source":      "https://github.com/mosquitto-ha/mosquitto-ha",
		"org.opencontainers.image.url":         "https://github.com/mosquitto-ha/mosquitto-ha",
		"org.opencontainers.image.vendor":      "Mosquitto HA",
		"org.opencontainers.image.created":     t.created.Format("2006-01-02T15:04:05Z"),
		"io.mosquittoha." + wanted.Main:        main,
	}
	if t.revision != "" {
		labels["org.opencontainers.image.revision"] = t.revision
	}
	return labels
}

func (i ociImage) describe(short, reference string) (made, error) {
	digest, err := i.Digest()
	if err != nil {
		return made{}, err
	}
	id, err := i.ConfigName()
	if err != nil {
		return made{}, err
	}
	layers, err := i.Layers()
	if err != nil {
		return made{}, err
	}
	result := made{Name: short, Reference: reference, Digest: digest.String(), ID: id.String(), Bytes: i.bytes, image: i}
	for _, layer := range layers {
		size, err := layer.Size()
		if err != nil {
			return made{}, err
		}
		result.Packed += size
	}
	return result, nil
}

// bundle writes all images into an OCI layout, packs it together with the list that Docker reads into one archive, which
// `docker load`, `podman load` and `ctr images import` take and which keeps the digests, and says in images.json what they are.
func (t task) bundle(images []made) error {
	folder := filepath.Join(t.out, "oci")
	into, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	var list []dockerImage
	for _, made := range images {
		err = into.AppendImage(made.image, layout.WithAnnotations(map[string]string{
			"org.opencontainers.image.ref.name": made.Reference,
			"io.containerd.image.name":          made.Reference,
		}), layout.WithPlatform(v1.Platform{OS: "linux", Architecture: t.architecture}))
		if err != nil {
			return err
		}
		entry, err := made.forDocker()
		if err != nil {
			return err
		}
		list = append(list, entry)
	}
	dockers, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "manifest.json"), dockers, 0o644); err != nil {
		return err
	}
	if err := readable(folder); err != nil {
		return err
	}
	archive := filepath.Join(t.out, fmt.Sprintf("mosquitto-ha-images-%s.tar", t.version))
	if err := t.pack(archive, func(into *tar.Writer) error { return addTree(into, folder, t, func(string) bool { return true }) }); err != nil {
		return err
	}
	described, err := json.MarshalIndent(images, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.out, "images.json"), append(described, '\n'), 0o644); err != nil {
		return err
	}
	for _, made := range images {
		for _, file := range made.image.files {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable gives every file the same mode: some come from temporary files that only their maker could read.
func readable(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o644)
	})
}

// dockerImage is how Docker lists an image in an archive.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (m made) forDocker() (dockerImage, error) {
	blob := func(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
	config, err := m.image.ConfigName()
	if err != nil {
		return dockerImage{}, err
	}
	entry := dockerImage{Config: blob(config), RepoTags: []string{m.Reference}}
	layers, err := m.image.Layers()
	if err != nil {
		return dockerImage{}, err
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return dockerImage{}, err
		}
		entry.Layers = append(entry.Layers, blob(digest))
	}
	return entry, nil
}

func (t task) pack(file string, fill func(*tar.Writer) error) error {
	created, err := os.Create(file)
	if err != nil {
		return err
	}
	defer created.Close()
	into := tar.NewWriter(created)
	if err := fill(into); err != nil {
		return err
	}
	return errors.Join(into.Close(), created.Close())
}

// addTree adds all that is wanted in the order of the names: the same tree gives the same bytes.
func addTree(into *tar.Writer, tree string, t task, wanted func(path string) bool) error {
	return filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == tree || !wanted(strings.TrimPrefix(path, tree)) {
			return err
		}
		return addPath(into, tree, strings.TrimPrefix(path, tree), t)
	})
}

func addPath(into *tar.Writer, tree, path string, t task) error {
	full := filepath.Join(tree, path)
	about, err := os.Lstat(full)
	if err != nil {
		return err
	}
	target := ""
	if about.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(full); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(about, target)
	if err != nil {
		return err
	}
	header.Name = strings.TrimPrefix(path, "/")
	if about.IsDir() {
		header.Name += "/"
	}
	if about.Mode()&fs.ModeSymlink != 0 {
		header.Mode = 0o777
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.ModTime, header.AccessTime, header.ChangeTime = t.created, time.Time{}, time.Time{}
	header.Format = tar.FormatPAX
	header.PAXRecords = nil
	if err := into.WriteHeader(header); err != nil || !about.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(full)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(into, file)
	return err
}
